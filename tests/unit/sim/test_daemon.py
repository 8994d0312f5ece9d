"""The binding of a daemon's machines."""

from random import Random

from standfast import cib, controller, executor, fencing, messaging
from standfast.agents import AgentName, Invocation
from standfast.cib import store
from standfast.runtime import CancelTimer, SetTimer, TimerFired
from standfast.sim import agent_model
from standfast.sim.clock import Clock
from standfast.sim.daemon import Daemon, Machines
from standfast.sim.reality import Kind, Reality
from standfast.sim.story import Story

START = executor.Operation("p", AgentName("ocf", "Dummy", "pacemaker"), "start", 0, 20000, "1:1:0:x")


class Ground:
    """A node and a world that remember what was asked of them."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.story = Story(self.clock)
        self.asked: list[object] = []
        reality = Reality({"p": Kind()}, self.story)
        self.kernel = reality.boot("n1", "a")
        self.agents = agent_model.Agents(self.clock, Random(1), reality, agent_model.Temper())

    def now(self):
        return self.clock.now()

    def run_agent(self, invocation, done):
        self.asked.append(("run", invocation.action))
        return self.agents.run(self.kernel, invocation, done)

    def kill_agent(self, call):
        self.agents.kill(call)

    def write(self, packed, done):
        self.asked.append(("write", store.unpack(packed).term))
        self.clock.after(5, lambda: done(True))

    def remember(self, results):
        self.asked.append("remember")

    def schedule(self, daemon, effect, done):
        self.clock.after(5, lambda: done(controller.Scheduled(effect.number, None, "nobody")))

    def ordered(self, daemon, event):
        self.asked.append("ordered")

    def replied(self, reply):
        self.asked.append(("reply", reply.request))

    def panic(self, reason):
        self.asked.append(("panic", reason))

    def stopped(self, reason):
        self.asked.append(("stopped", reason))

    def handled(self, daemon, event):
        self.asked.append(type(event).__name__)


def form(mute, script, executor_machine=None):
    ground = Ground()
    network = messaging.Network(
        messaging.Electorate((messaging.Voter(1, "n1"),)),
        lambda link: ground.clock.after(1, lambda: network.advance(link)) and None,
    )
    machines = Machines(mute(script), executor_machine or mute(), mute())
    daemon = Daemon("n1", machines, network.engine(1), ground)
    daemon.start(controller.Loaded(None, 0, "boot", "life"))
    return ground, daemon, machines


def run(ground: Ground, until_ms: int = 100000) -> None:
    while (at := ground.clock.next_ms()) is not None and at <= until_ms:
        ground.clock.step()


def kinds(machine) -> list[str]:
    return [type(event).__name__ for event in machine.heard]


def test_what_it_multicasts_comes_back(mute):
    """Broken, no message would ever be delivered."""

    def script(event):
        return [controller.Multicast(b"x")] if isinstance(event, messaging.RegularView) else []

    ground, _, machines = form(mute, script)
    run(ground)
    assert kinds(machines.controller) == ["Loaded", "RegularView", "Delivered"]


def test_operation_goes_to_the_agent_and_its_result_comes_back(mute):
    """Broken, nothing would ever be started."""

    def script(event):
        return [controller.ToExecutor(executor.Execute(START))] if isinstance(event, controller.Loaded) else []

    ground, _, machines = form(mute, script, executor.Machine())
    run(ground)
    (found,) = [e for e in machines.controller.heard if isinstance(e, controller.OperationFinished)]
    assert found.result.exit_code == 0
    assert "ordered" in ground.asked
    assert "remember" in ground.asked


def test_fencing_speaks_through_the_controller(mute):
    """Broken, fencing machines would not hear each other."""
    ground, daemon, machines = form(mute, None)
    machines.fencing._script = lambda event: [
        fencing.Say({"a": 1}),
        fencing.Receipt("r", "n2", "i", "off", True),
        fencing.RunAgent(1, Invocation(AgentName("stonith", "fence_sim"), "monitor", 1000)),
    ][: 3 if isinstance(event, fencing.Membership) else 0]
    daemon.feed("fencing", fencing.Membership(frozenset({"n1"}), "n1"))
    run(ground)
    assert {"FencingSays", "FencingReceipt"} <= set(kinds(machines.controller))
    assert kinds(machines.fencing) == ["Membership", "Exited"]


def test_timers_fire_once_and_a_later_one_replaces_an_earlier(mute):
    """Broken, a cancelled timer would act."""

    def script(event):
        if not isinstance(event, controller.Loaded):
            return []
        return [SetTimer("a", 1, 10), SetTimer("a", 2, 20), SetTimer("b", 3, 10), CancelTimer("b")]

    ground, _, machines = form(mute, script)
    run(ground)
    assert [event for event in machines.controller.heard if isinstance(event, TimerFired)] == [TimerFired("a", 2)]


def test_paused_daemon_hears_later_and_knows_that_it_slept(mute):
    """Broken, a daemon that hung would not be tested."""
    ground, daemon, machines = form(mute, None)
    run(ground)
    daemon.pause()
    daemon.feed("controller", controller.Stop())
    ground.clock.after(5000, daemon.resume)
    run(ground, ground.clock.now_ms + 4000)
    assert "Stop" not in kinds(machines.controller)
    run(ground)
    assert kinds(machines.controller)[-2:] == ["Slept", "Stop"]


def test_store_and_schedule_are_answered(mute):
    """Broken, a controller would wait for ever for its disk."""
    document = cib.Document.parse(b"<cib/>")

    def script(event):
        if isinstance(event, controller.Loaded):
            return [controller.Store(7, document, 3, ("n1",)), controller.Schedule(8, document.render(), 0)]
        return [controller.StopNow("done")] if isinstance(event, controller.Scheduled) else []

    ground, daemon, machines = form(mute, script)
    run(ground)
    assert controller.Stored(7) in machines.controller.heard
    assert ("write", 3) in ground.asked
    assert ("stopped", "done") in ground.asked
    assert not daemon.is_alive
