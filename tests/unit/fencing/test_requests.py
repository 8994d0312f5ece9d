"""What comes next in a fencing."""

from __future__ import annotations

import msgspec

from standfast.fencing.requests import (
    Asker,
    Finished,
    Job,
    Next,
    Part,
    Plan,
    Row,
    State,
    Step,
    Use,
    Wait,
    parts,
    proceed,
)

JOB = Job("r1", "n3", "reboot", "n3.1", (Asker("r1"),))
BOTH = ("n1", "n2")


def row(*names: str, action: str = "off") -> Row:
    return Row(",".join(names), parts(action, tuple(Use(n, BOTH) for n in names)))


def tried(job: Job, level: str, device: str, node: str, state: State, action: str = "off", **more: bool) -> Job:
    number = len(job.steps) + 1
    return job.begin(Step(number, level, device, action, node, **more)).end_step(number, state)


def test_parts_of_a_reboot() -> None:
    """A target with two feeds would never be without power, or an agent be called with what it cannot do."""
    assert [p.action for p in parts("reboot", (Use("a", BOTH),))] == ["reboot"]
    assert [(p.device, p.action) for p in parts("reboot", (Use("a", BOTH), Use("b", BOTH, switches_on=False)))] == [
        ("a", "off"),
        ("b", "off"),
        ("a", "on"),
    ]
    assert [p.action for p in parts("reboot", (Use("a", BOTH, reboots=False),))] == ["off", "on"]
    assert [p.confirms for p in parts("off", (Use("a", BOTH), Use("b", BOTH)))] == [False, True]


def test_nodes_then_levels() -> None:
    """The second node or level would never be tried, or one be tried for ever."""
    plan = Plan((row("a", "b"), row("c")))
    assert proceed(JOB, plan) == Next("a,b", Part("a", "off", BOTH), "n1", closes=False)
    job = tried(JOB, "a,b", "a", "n1", State.FAILED)
    assert proceed(job, plan) == Next("a,b", Part("a", "off", BOTH), "n2", closes=False)
    job = tried(job, "a,b", "a", "n2", State.OK)
    assert proceed(job, plan) == Next("a,b", Part("b", "off", BOTH, confirms=True), "n1", closes=True)
    job = tried(tried(job, "a,b", "b", "n1", State.LOST), "a,b", "b", "n2", State.FAILED)
    assert proceed(job, plan) == Next("c", Part("c", "off", BOTH, confirms=True), "n1", closes=True)
    job = tried(tried(job, "c", "c", "n1", State.FAILED), "c", "c", "n2", State.FAILED)
    ended = proceed(job, plan)
    assert ended == Finished(False, "a from n1: failed; b from n1: lost; b from n2: failed; c from n1: failed; "
                             "c from n2: failed")  # fmt: skip


def test_unanswered_devices_hold_back_a_topology_and_nothing_else() -> None:
    """A silent device would delay one that is known to work, or a level be left out because nobody was asked."""
    undecided, known = Row("a", open=True), row("b")
    assert isinstance(proceed(JOB, Plan((undecided, known), patient=True)), Wait)
    assert isinstance(proceed(JOB, Plan((undecided, known), patient=False)), Next)
    assert isinstance(proceed(JOB, Plan((undecided,), patient=False)), Wait)
    assert proceed(JOB, Plan((Row("a"),))) == Finished(False, "no device can fence n3")


def test_late_success_of_a_lost_step_counts() -> None:
    """A target that is off would be fenced again because the answer was slow."""
    job = tried(JOB, "c", "c", "n1", State.LOST)
    assert job.end_step(1, State.OK).steps[0].state is State.OK


def test_switching_on_again_skips_what_fails() -> None:
    """A supply that does not switch on would keep the fencing open."""
    plan = Plan((row("a", "b", action="reboot"),))
    job = tried(tried(JOB, "a,b", "a", "n1", State.OK), "a,b", "b", "n1", State.OK, confirms=True)
    job = msgspec.structs.replace(job, confirmed=True)
    assert proceed(job, plan) == Next("a,b", Part("a", "on", BOTH, afterwards=True), "n1", closes=False)
    for node in BOTH:
        job = tried(job, "a,b", "a", node, State.FAILED, "on", afterwards=True)
    assert proceed(job, plan) == Next("a,b", Part("b", "on", BOTH, afterwards=True), "n1", closes=True)
    for node in BOTH:
        job = tried(job, "a,b", "b", node, State.FAILED, "on", afterwards=True)
    assert proceed(job, plan) == Finished(True)
