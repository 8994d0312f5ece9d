"""The tree of resources."""

from __future__ import annotations

from standfast import cib
from standfast.cib import resources


def test_resource_tree_with_templates(some_of_everything: cib.Document) -> None:
    """A resource from a template would have no agent, or a group lose its members."""
    tree = resources.tree(some_of_everything)
    assert [(r.id, r.kind, r.agent) for top in tree for r in top.walk()] == [
        ("g", "group", ""),
        ("a", "primitive", "ocf:heartbeat:Dummy"),
        ("b", "primitive", "systemd:cron"),
        ("m", "master", ""),
        ("c", "primitive", "lsb:x"),
    ]
    assert tree[1].promotable()
    assert resources.top_of(tree, "b") is tree[0]
    [monitor] = resources.operations(resources.index(tree)["a"])
    assert (monitor.name, monitor.interval_ms, monitor.options["timeout"]) == ("monitor", 60_000, "9s")
