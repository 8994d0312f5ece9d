"""What truly runs, and what may not be started."""

import pytest

from standfast.sim.clock import Clock
from standfast.sim.reality import Kind, Need, Reality, Role
from standfast.sim.story import BrokenError, Story


def reality() -> Reality:
    return Reality({"p": Kind(), "m": Kind(2, 1)}, Story(Clock()))


def test_primitive_on_two_nodes_is_found():
    """Broken, the simulator would not see the one thing a cluster must never do."""
    world = reality()
    world.started(world.boot("n1", "a"), "p")
    with pytest.raises(BrokenError, match="p runs on n1 and n2"):
        world.started(world.boot("n2", "b"), "p")


def test_second_promotion_is_found():
    """Broken, two primaries would pass."""
    world = reality()
    one, two = world.boot("n1", "a"), world.boot("n2", "b")
    world.started(one, "m")
    world.started(two, "m")
    world.promoted(one, "m")
    with pytest.raises(BrokenError, match="m is promoted on n1 and n2"):
        world.promoted(two, "m")


def test_stop_without_a_demotion_is_found():
    """Broken, a master would be killed under its clients, or its agent refuse to stop."""
    world = reality()
    kernel = world.boot("n1", "a")
    world.started(kernel, "m")
    world.stopping(kernel, "m")
    world.promoted(kernel, "m")
    with pytest.raises(BrokenError, match="m is stopped on n1 while it is promoted"):
        world.stopping(kernel, "m")
    kernel.unsure.add("m")
    world.stopping(kernel, "m")


def needy() -> Reality:
    kinds = {"disk": Kind(2, 1), "files": Kind(need=Need("disk", Role.PROMOTED)), "base": Kind(need=Need("files"))}
    return Reality(kinds, Story(Clock()))


def test_start_without_what_it_needs_is_found():
    """Broken, a file system would be mounted on a disk that is not promoted."""
    world = needy()
    kernel = world.boot("n1", "a")
    world.started(kernel, "disk")
    with pytest.raises(BrokenError, match="files is started on n1 without disk"):
        world.starting(kernel, "files")
    world.promoted(kernel, "disk")
    world.starting(kernel, "files")
    world.started(kernel, "files")
    world.starting(kernel, "base")
    world.died(kernel, "files")
    world.starting(kernel, "base")  # nobody knows yet


def test_what_is_needed_ends_last():
    """Broken, a disk would be demoted under its file system, or that stopped under a database."""
    world = needy()
    kernel = world.boot("n1", "a")
    for resource in ("disk", "files", "base"):
        world.started(kernel, resource)
    world.promoted(kernel, "disk")
    with pytest.raises(BrokenError, match="disk is demoted on n1 under files"):
        world.demoting(kernel, "disk")
    with pytest.raises(BrokenError, match="files is stopped on n1 under base"):
        world.stopping(kernel, "files")
    world.unmanaged.add("base")
    world.stopping(kernel, "files")
    world.ended(kernel, "files")
    world.demoting(kernel, "disk")


def test_start_before_a_dead_node_is_confirmed_off_is_found():
    """Broken, recovery before fencing would pass whenever the node really was dead."""
    world = reality()
    world.started(world.boot("n1", "a"), "p")
    world.die("n1")
    two = world.boot("n2", "b")
    with pytest.raises(BrokenError, match="n1, which died with it"):
        world.starting(two, "p")
    world.confirmed_off("n1")
    world.starting(two, "p")
    assert "p" in two.starting


def test_start_under_way_counts_as_held():
    """Broken, an order that a node took with it into death would not count."""
    world = reality()
    world.starting(world.boot("n1", "a"), "p")
    world.die("n1")
    assert world.claims == {("p", "n1"): "a"}


def test_probe_on_a_later_boot_ends_a_claim():
    """Broken, a node that came back unfenced would count as unknown for ever."""
    world = reality()
    world.started(world.boot("n1", "a"), "p")
    world.die("n1")
    world.probed("n1", "p")
    assert world.claims == {}


def test_effects_on_a_dead_kernel_are_none():
    """Broken, a start that was under way would run on a node that is off."""
    world = reality()
    kernel = world.boot("n1", "a")
    world.die("n1")
    world.started(kernel, "p")
    assert world.where("p") == []
