"""A node's disk."""

from random import Random

from standfast.sim.clock import Clock
from standfast.sim.disk import Contents, Disk

OLD, NEW = Contents(b"old", 1, ()), Contents(b"new", 2, ())


def run(clock: Clock) -> None:
    while clock.step():
        pass


def test_write_is_durable_when_it_is_said_to_be():
    """Broken, the simulator would blame the cluster for its own disk."""
    clock, said = Clock(), []
    disk = Disk(clock, Random(1))
    disk.write(NEW, said.append)
    assert disk.contents is None
    run(clock)
    assert (disk.contents, said) == (NEW, [True])


def test_power_cut_may_lose_what_was_not_said_to_be_done():
    """Broken, no seed would ever lose an unsynced write."""
    found = set()
    for seed in range(20):
        clock, said = Clock(), []
        disk = Disk(clock, Random(seed))
        disk.contents = OLD
        disk.write(NEW, said.append)
        disk.settle()
        run(clock)
        assert said == []
        found.add(disk.contents)
    assert found == {OLD, NEW}


def test_failing_disk_says_so_and_keeps_the_old():
    """Broken, a full disk would look like a good one."""
    clock, said = Clock(), []
    disk = Disk(clock, Random(1))
    disk.contents, disk.failing = OLD, True
    disk.write(NEW, said.append)
    run(clock)
    assert (disk.contents, said) == (OLD, [False])
