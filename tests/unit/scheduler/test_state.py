"""The cluster's state, as status commands print it."""

from __future__ import annotations

from standfast import scheduler


def test_resources_are_a_tree(small) -> None:
    """Status commands could not show groups and clones."""
    state = small.state("a", small.group("g", "b", "c"), small.clone("k", "d", promotable="true"))
    assert [(r.kind, r.id, [child.id for child in r.children]) for r in state.resources] == [
        ("primitive", "a", []),
        ("group", "g", ["b", "c"]),
        ("clone", "k", ["d:0", "d:1", "d:2"]),
    ]
    assert state.resources[2].promotable


def test_where_it_runs_and_in_which_role(small) -> None:
    """Status commands would be wrong about what runs."""
    state = small.state(small.clone("k", "d", promotable="true"), history={"n1": ["d promote 0"], "n2": ["d start 0"]})
    active = {one.nodes: one.role for one in state.instances if one.nodes}
    assert active == {("n1",): scheduler.Role.PROMOTED, ("n2",): scheduler.Role.UNPROMOTED}
    assert {node.name: node.resources for node in state.nodes} == {"n1": ("d:0",), "n2": ("d:1",), "n3": ()}


def test_counts(small) -> None:
    """Status commands would miscount."""
    off = small.primitive("b", meta={"target-role": "Stopped"})
    state = small.state("a", off, small.clone("k", "d"))
    assert (state.counted_instances, state.disabled_instances, state.blocked_instances) == (5, 1, 0)


def test_parents(small) -> None:
    """A member could not be found in its group."""
    state = small.state(small.clone("k", small.group("g", "b")))
    assert state.instances[0].parents == (("clone", "k"), ("group", "g:0"))


def test_what_was_removed(small) -> None:
    """What runs without being configured would be invisible."""
    state = small.state("a", history={"n1": ["old start 0"]})
    assert [(one.id, one.nodes) for one in state.instances if one.orphaned] == [("old", ("n1",))]
