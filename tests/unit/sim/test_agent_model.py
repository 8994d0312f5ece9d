"""Agents of a world."""

from random import Random

from standfast.agents import AgentName, ExecutionStatus, Invocation, Ocf
from standfast.sim.agent_model import Agents, Temper
from standfast.sim.clock import Clock
from standfast.sim.reality import Kind, Reality
from standfast.sim.story import Story


def form(temper: Temper, seed: int = 1):
    clock = Clock()
    reality = Reality({"p": Kind(1, 1)}, Story(clock))
    return clock, reality, Agents(clock, Random(seed), reality, temper), reality.boot("n1", "a")


def call(action: str) -> Invocation:
    return Invocation(AgentName("ocf", "Dummy", "pacemaker"), action, 5000, "p")


def ends(clock: Clock, agents: Agents, kernel, action: str):
    said = []
    agents.run(kernel, call(action), said.append)
    while clock.step():
        pass
    return said[0]


def test_good_agent_does_what_it_says():
    """Broken, nothing would ever run in the simulator."""
    clock, reality, agents, kernel = form(Temper())
    assert ends(clock, agents, kernel, "monitor").exit_code == Ocf.NOT_RUNNING
    assert ends(clock, agents, kernel, "start").exit_code == Ocf.OK
    assert reality.where("p") == ["n1"]
    assert ends(clock, agents, kernel, "promote").exit_code == Ocf.OK
    assert ends(clock, agents, kernel, "monitor").exit_code == Ocf.RUNNING_PROMOTED
    assert ends(clock, agents, kernel, "demote").exit_code == Ocf.OK
    assert ends(clock, agents, kernel, "monitor").exit_code == Ocf.OK
    assert ends(clock, agents, kernel, "stop").exit_code == Ocf.OK
    assert reality.where("p") == []


def test_what_is_promoted_does_not_stop():
    """Broken, a stop without a demotion would do no harm in the simulator, as it does to ocf:pacemaker:Stateful."""
    clock, reality, agents, kernel = form(Temper())
    ends(clock, agents, kernel, "start")
    ends(clock, agents, kernel, "promote")
    kernel.unsure.add("p")
    assert ends(clock, agents, kernel, "stop").exit_code == Ocf.RUNNING_PROMOTED
    assert reality.where("p") == ["n1"]


def test_failed_start_may_run_and_may_not():
    """Broken, a cluster that believes a failed start's word would never be found."""
    found = set()
    for seed in range(20):
        clock, reality, agents, kernel = form(Temper(fails=1.0), seed)
        assert ends(clock, agents, kernel, "start").exit_code == Ocf.UNKNOWN_ERROR
        found.add(bool(reality.where("p")))
    assert found == {True, False}


def test_hanging_agent_ends_by_its_time_limit():
    """Broken, a hanging agent would hang the simulator."""
    clock, _, agents, kernel = form(Temper(hangs=1.0))
    assert ends(clock, agents, kernel, "stop").status is ExecutionStatus.TIMEOUT
    assert clock.now_ms == 5000


def test_liar_is_found_by_the_next_monitor():
    """Broken, a start that lies would not be tested."""
    clock, _, agents, kernel = form(Temper(lies=1.0))
    assert ends(clock, agents, kernel, "start").exit_code == Ocf.OK
    assert ends(clock, agents, kernel, "monitor").exit_code == Ocf.NOT_RUNNING


def test_killed_call_says_so_once():
    """Broken, an executor would wait for ever for an agent that it killed."""
    clock, reality, agents, kernel = form(Temper())
    said = []
    running = agents.run(kernel, call("start"), said.append)
    agents.kill(running)
    agents.kill(running)
    while clock.step():
        pass
    assert [outcome.status for outcome in said] == [ExecutionStatus.CANCELLED]
    assert reality.where("p") == []
