"""Nodes as the status section tells them: online, pending, unclean, leaving."""

from __future__ import annotations

import pytest

MEMBER = {"in_ccm": "true", "crmd": "online", "join": "member", "expected": "member"}


def node(small, changed: dict[str, str], **more):
    state = small.state(small.fencing, "a", states={"n2": MEMBER | changed}, **more)
    return next(one for one in state.nodes if one.name == "n2")


@pytest.mark.parametrize(
    ("changed", "online", "unclean", "pending"),
    [
        ({}, True, False, False),
        ({"in_ccm": "false"}, False, True, False),
        ({"crmd": "offline"}, True, True, False),
        ({"in_ccm": "false", "crmd": "offline", "expected": "down"}, False, False, False),
        ({"join": "down"}, True, False, True),
        ({"in_ccm": "1234567", "crmd": "1234567"}, True, False, False),
    ],
)
def test_what_its_peers_say_of_a_node(small, changed: dict, online: bool, unclean: bool, pending: bool) -> None:
    """A dead node would be given resources, or a living one be shot."""
    found = node(small, changed)
    assert (found.online, found.unclean) == (online, unclean)
    assert found.pending is pending or not online


def test_a_node_that_wants_to_leave(small) -> None:
    """A node that is being rebooted would be given resources."""
    found = node(small, {}, transient={"n2": {"shutdown": 1_700_000_000}})
    assert found.shutdown


@pytest.mark.parametrize(("name", "value"), [("standby", "on"), ("maintenance", "true")])
def test_states_that_administrators_set(small, name: str, value: str) -> None:
    """A node under repair would be used."""
    assert getattr(node(small, {}, attributes={"n2": {name: value}}), name)


def test_the_dc_is_told(small) -> None:
    """Status commands would not know who decides."""
    assert small.state("a").dc == "n1"
    assert [one.is_dc for one in small.state("a").nodes] == [True, False, False]
