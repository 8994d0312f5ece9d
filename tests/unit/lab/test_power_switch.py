"""The power switch's lines."""

import pytest

from standfast.errors import RemoteProtocolError
from standfast.lab import power_switch
from standfast.lab.power_switch import Action, Request

NAMES = ["n1", "n2"]


@pytest.mark.parametrize("action", ["off", "reboot", "on", "status"])
def test_actions_name_a_target(action: str) -> None:
    """A fence agent could not switch a node."""
    assert power_switch.parse(f"{action} n2\n".encode(), NAMES) == Request(Action(action), "n2")


def test_list_needs_no_target() -> None:
    """An agent could not learn which nodes it can fence."""
    assert power_switch.parse(b"list\n", NAMES) == Request(Action.LIST)


@pytest.mark.parametrize(
    "line", [b"", b"\n", b"off\n", b"off n3\n", b"off n1 n2\n", b"explode n1\n", b"\xff\xfe off n1"]
)
def test_anything_else_is_refused(line: bytes) -> None:
    """A garbled request would switch off a node."""
    with pytest.raises(RemoteProtocolError):
        power_switch.parse(line, NAMES)


def test_answers_are_one_line() -> None:
    """An agent that reads one line would take half an answer for a whole one."""
    assert power_switch.ok("n1", "n2") == b"ok n1 n2\n"
    assert power_switch.no("it\nbroke") == b"no it broke\n"
