"""Nodes, configured and seen."""

from __future__ import annotations

from standfast import cib
from standfast.cib import nodes


def test_nodes_and_their_status(some_of_everything: cib.Document) -> None:
    """A node would be known by another id than its history's."""
    one, remote = nodes.configured(some_of_everything)
    assert (one.attributes, one.utilization, one.type, remote.type) == ({"rack": "7"}, {"cpu": "4"}, "member", "remote")
    [state] = nodes.states(some_of_everything)
    assert (state.crmd, state.attributes) == ("online", {"pingd": "100"})
    assert (nodes.id_of(some_of_everything, "n1"), nodes.id_of(some_of_everything, "x")) == ("1", None)
