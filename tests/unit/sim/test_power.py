"""Fencing devices of a world."""

from random import Random

from standfast import fencing
from standfast.agents import AgentName, ExecutionStatus, Invocation
from standfast.fencing import capabilities
from standfast.sim import power
from standfast.sim.clock import Clock


class Sockets:
    """One node's socket."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.on = True

    def names(self) -> list[str]:
        return ["n1"]

    def is_on(self, node: str) -> bool:
        return self.on

    def switch_off(self, node: str) -> None:
        self.on = False
        self.seen.append("off")

    def switch_on(self, node: str) -> None:
        self.on = True
        self.seen.append("on")

    def confirm_off(self, node: str) -> None:
        self.seen.append("confirmed")


def ends(action: str, temper: power.Temper, seed: int = 1):
    clock, sockets, said = Clock(), Sockets(), []
    devices = power.Devices(clock, Random(seed), sockets, temper)
    invocation = Invocation(AgentName("stonith", power.AGENT), action, 20000, "f", {"port": "n1"})
    devices.run(invocation, said.append)
    while clock.step():
        pass
    return said[0], sockets.seen


def test_success_is_told_after_the_power_was_cut():
    """Broken, the simulator itself would confirm a node that is still on."""
    for seed in range(10):
        outcome, seen = ends("reboot", power.Temper(), seed)
        assert outcome.exit_code == 0
        assert seen == ["off", "on", "confirmed"]


def test_failure_may_have_cut_the_power():
    """Broken, a cluster that takes a failure for "still on" would never be found."""
    found = {bool(ends("off", power.Temper(fails=1.0), seed)[1]) for seed in range(20)}
    assert found == {True, False}


def test_hanging_device_ends_by_its_time_limit():
    """Broken, fencing that never ends would end the simulator."""
    outcome, _ = ends("off", power.Temper(hangs=1.0))
    assert outcome.status is ExecutionStatus.TIMEOUT


def test_forged_success_is_never_a_confirmation():
    """Broken, the planted bug would not be one."""
    outcome, seen = ends("reboot", power.Temper(forges=True))
    assert outcome.exit_code == 0
    assert "confirmed" not in seen


def test_metadata_says_what_a_fencing_machine_wants_to_know():
    """Broken, the machine would call the device in another way than the model understands."""
    able = capabilities.parse(power.METADATA)
    assert able is not None
    assert {"off", "reboot", "status"} <= able.actions
    assert able.host_argument == "port"
    assert fencing.Machine("n1").pending == ()


def test_list_and_status():
    """Broken, a device without a configured list would know nobody."""
    assert ends("list", power.Temper())[0].stdout == "n1,\n"
    assert ends("status", power.Temper())[0].exit_code == 0
