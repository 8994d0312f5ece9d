"""A node's disk."""

from random import Random

from standfast import cib
from standfast.cib import store
from standfast.sim.clock import Clock
from standfast.sim.disk import Disk


def packed(term: int) -> bytes:
    return store.pack(cib.Document.parse(b'<cib epoch="1"><configuration/></cib>'), term, ("n1",))


def form(seed: int = 1):
    clock = Clock()
    disk = Disk(clock, Random(seed))
    disk.put(packed(1))
    return clock, disk, []


def run(clock: Clock) -> None:
    while clock.step():
        pass


def test_write_is_durable_when_it_is_said_to_be():
    """Broken, the simulator would blame the cluster for its own disk."""
    clock, disk, said = form()
    disk.write(packed(2), said.append)
    assert disk.load().term == 1
    run(clock)
    disk.interrupt(power=True)
    assert (disk.load().term, said) == (2, [True])


def test_power_cut_may_lose_what_was_not_said_to_be_done():
    """Broken, no seed would ever lose an unsynced write."""
    found = set()
    for seed in range(40):
        clock, disk, said = form(seed)
        disk.write(packed(2), said.append)
        disk.interrupt(power=True)
        run(clock)
        assert said == []
        found.add(disk.load().term)
    assert found == {1, 2}


def test_dead_daemon_may_leave_half_a_write():
    """Broken, the store's recovery would not be tested."""
    found = set()
    for seed in range(40):
        _, disk, said = form(seed)
        disk.write(packed(2), said.append)
        disk.interrupt(power=False)
        found.add(disk.load().term)
    assert found == {1, 2}


def test_failing_disk_says_so_and_keeps_the_old():
    """Broken, a full disk would look like a good one."""
    clock, disk, said = form()
    disk.failing = True
    disk.write(packed(2), said.append)
    run(clock)
    assert (disk.load().term, said) == (1, [False])
    disk.failing = False
    disk.write(packed(3), said.append)
    run(clock)
    assert (disk.load().term, said) == (3, [False, True])
