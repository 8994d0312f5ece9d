"""What every member knows alike."""

from __future__ import annotations

from standfast.fencing import messages
from standfast.fencing.register import HISTORY_MAX, Register
from standfast.fencing.requests import Asker, Job, State, Step


def job(request: str = "r1", action: str = "reboot", life: str = "n3.1") -> Job:
    return Job(request, "n3", action, life, (Asker(request),))


def step(number: int = 1, node: str = "n1", **more: bool) -> Step:
    return Step(number, "d", "d", "reboot", node, **({"confirms": True, "closes": True} | more))


def ask(register: Register, asked: Job, first: Step | None = None) -> list:
    return register.take("n1", messages.Requested(asked, first, 5), True)


def test_only_the_coordinator_orders() -> None:
    """A node that no longer coordinates would begin a second fencing beside the first."""
    register = Register()
    register.take("n2", messages.Requested(job(), step()), False)
    assert register.jobs["r1"].running is None
    register.take("n2", messages.Ordered(job(), step()), False)
    assert register.jobs["r1"].running is None
    register.take("n1", messages.Ordered(job(), step()), True)
    assert register.jobs["r1"].running == step()
    register.take("n1", messages.Ordered(job(), step(2)), True)
    assert len(register.jobs["r1"].steps) == 1  # the first one has no answer yet
    register.take("n2", messages.Ended("r1", False), False)
    assert register.jobs


def test_answer_of_a_job_that_is_not_known() -> None:
    """A joiner would lack a receipt that all others have."""
    register, other = Register(), Register()
    ask(register, job(), step())
    receipts = register.take("n1", messages.Answered("r1", 1, True, wall_s=9), False)
    assert [(r.request, r.ok, r.wall_s, r.device) for r in receipts] == [("r1", True, 9, "d")]
    said = messages.Answered("r1", 1, True, "", 9, tuple(receipts))
    assert other.take("n1", said, False) == receipts
    assert other.take("n1", said, False) == []
    assert other.is_dead(job())


def test_off_is_not_answered_by_a_reboot() -> None:
    """Who wants a node to stay off would find it running."""
    register = Register()
    ask(register, job(), step())
    register.take("n1", messages.Answered("r1", 1, True), False)
    assert register.is_dead(job())
    assert not register.is_dead(job(action="off"))
    assert not register.is_dead(job(action="on"))
    assert not register.is_dead(job(life=""))
    ask(register, job("r2", "off"), step())
    register.take("n1", messages.Answered("r2", 1, True), False)
    assert register.is_dead(job(action="off"))


def test_queue_is_answered_when_the_life_has_ended() -> None:
    """A second request for the same life would fence the node again after its boot."""
    register = Register()
    ask(register, job("r1", "off"), step())
    ask(register, job("r2", "reboot"), step())
    assert register.jobs["r2"].running is None
    receipts = register.take("n1", messages.Answered("r1", 1, True, wall_s=3), False)
    assert [(r.request, r.ok) for r in receipts] == [("r1", True), ("r2", True)]
    assert not register.jobs


def test_confirmation_ends_every_job_of_the_life() -> None:
    """An operator would have to confirm each request by itself."""
    register = Register()
    ask(register, job("r1"), step())
    ask(register, job("r2", life="n3.2"))
    receipts = register.take("n2", messages.Confirmed("n3", "n3.1", "root", 4), False)
    assert [(r.request, r.ok, r.client) for r in receipts] == [("r1", True, "root")]
    assert list(register.jobs) == ["r2"]
    receipts = register.take("n2", messages.Confirmed("n3", "", "root", 4), False)
    assert [(r.request, r.incarnation) for r in receipts] == [("r2", "n3.2")]
    assert register.take("n1", messages.Answered("r1", 1, True), False) == []


def test_expired_step_and_late_success() -> None:
    """The answer of a slow node would be lost, or count for a step that it does not mean."""
    register = Register()
    ask(register, job(), step())
    register.take("n1", messages.Expired("r1", 1, "no answer"), True)
    assert register.jobs["r1"].steps[0].state is State.LOST
    register.take("n1", messages.Ordered(job(), step(2, "n2")), True)
    receipts = register.take("n1", messages.Answered("r1", 1, True), False)
    assert [r.executed_by for r in receipts] == ["n1"]


def test_history_is_bounded() -> None:
    """A node that is fenced again and again would fill the memory."""
    register = Register()
    for n in range(HISTORY_MAX + 50):
        ask(register, job(f"r{n}", life=f"n3.{n}"), step())
        register.take("n1", messages.Answered(f"r{n}", 1, True), False)
    assert len(register.history) == HISTORY_MAX
    assert register.history[-1].request == f"r{HISTORY_MAX + 49}"
    assert not register.is_dead(job(life="n3.1"))
    assert register.is_dead(job(life=f"n3.{HISTORY_MAX + 49}"))
