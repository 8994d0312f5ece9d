"""Worlds without a cluster in them: does the world itself hold?"""

from random import Random

from standfast import cib, controller, executor
from standfast.agents import AgentName
from standfast.sim import checks, power, world
from standfast.sim.plan import FAULTS, draw
from standfast.sim.story import BrokenError

START = executor.Operation("p1", AgentName("ocf", "Dummy", "pacemaker"), "start", 0, 20000, "1:1:0:x")


def test_every_plan_is_a_document():
    """Broken, seeds would fail for what they configure."""
    seen = set()
    for seed in range(100):
        plan = draw(Random(seed))
        document = cib.Document.parse(plan.document)
        ids = [element.get("id") for element in document.root.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        assert len(plan.electorate().voters) == len(plan.names)
        seen |= plan.faults
    assert seen == set(FAULTS)


def test_one_seed_has_one_story(mute_company):
    """Broken, a failing seed could not be replayed."""
    for seed in (1, 2, 3):
        told: list[list[str]] = [[], []]
        for lines in told:
            world.run(seed, mute_company, echo=lines.append, safety_ms=60_000)
        assert told[0] == told[1]
        assert len(told[0]) > 20


def test_cluster_that_does_nothing_does_not_pass(mute_company):
    """Broken, a cluster that runs nothing would be found good."""
    verdict = world.run(5, mute_company, safety_ms=10_000)
    assert "does not come to rest" in verdict.broken
    assert verdict.story


def test_daemons_that_start_what_they_like_are_found(mute_company):
    """Broken, the simulator could not find the worst that a cluster can do."""

    def script(event):
        return [controller.ToExecutor(executor.Execute(START))] if isinstance(event, controller.Loaded) else []

    class Greedy(mute_company):
        def __init__(self):
            super().__init__(script)

        def machines(self, name, node_id):
            made = super().machines(name, node_id)
            made.executor = executor.Machine()
            return made

    found = [world.run(seed, Greedy, safety_ms=30_000).broken for seed in range(5)]
    assert any("without quorum" in line or "runs on" in line for line in found)


def test_agents_outlive_their_daemon_and_die_with_their_node(mute_company):
    """Broken, an orphaned start would not be tested."""
    plan = draw(Random(1))
    place = world.World(plan, Random(1), mute_company())
    host = place.hosts[0]
    host.power_on()
    place._until_ms(10_000)
    said: list[object] = []
    invocation = executor.machine.invocation(START)
    place.agents.temper = type(place.agents.temper)()
    host.run_agent(invocation, said.append)
    host.crash_daemon()
    place._until_ms(place.clock.now_ms + 150)
    assert place.reality.where("p1") == [host.name]
    assert said == []
    host.power_off("test")
    assert place.reality.where("p1") == []
    assert ("p1", host.name) in place.reality.claims


def test_fenced_node_boots_again(mute_company):
    """Broken, the simulated cluster would run out of nodes."""
    place = world.World(draw(Random(1)), Random(1), mute_company())
    place.hosts[0].power_on()
    place._until_ms(10_000)
    invocation = executor.Operation("f", AgentName("stonith", power.AGENT), "reboot", 0, 9000, "x",
                                    parameters={"port": "n1"})  # fmt: skip
    place.devices.temper.calm()
    place.devices.run(executor.fence_device.invocation(invocation), lambda outcome: None)
    boots = place.hosts[0]._boots
    place._until_ms(place.clock.now_ms + 15_000)
    assert place.hosts[0]._boots == boots + 1


def test_lost_acknowledgement_is_found(mute_company):
    """Broken, the simulator would not see a lost change."""
    place = world.World(draw(Random(1)), Random(1), mute_company())
    place.checks.acknowledged.append(checks.Acknowledged("mark-1", 1))
    document = cib.Document.parse(place.plan.document)
    try:
        place.checks.complete("n1", document, place.checks.acknowledged)
        found = ""
    except BrokenError as error:
        found = str(error)
    assert "mark-1" in found
