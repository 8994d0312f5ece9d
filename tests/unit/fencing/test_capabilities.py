"""Meta-data of fence agents."""

from __future__ import annotations

from standfast.fencing import capabilities


def test_actions_and_host_argument() -> None:
    """An agent would be called with an action or a target's parameter that it does not know."""
    text = (
        '<resource-agent><parameters><parameter name="plug"/><parameter name="ip"/></parameters>'
        '<actions><action name="on" automatic="1" on_target="1"/><action name="off"/></actions></resource-agent>'
    )
    assert capabilities.parse(text) == capabilities.Capabilities(frozenset(("on", "off")), "plug", True, True)


def test_no_target_parameter() -> None:
    """An agent that reads only `nodename` would be given an option that it refuses."""
    found = capabilities.parse('<a><actions><action name="off"/></actions></a>')
    assert found is not None
    assert found.host_argument == "none"


def test_no_metadata() -> None:
    """Garbage of an agent would kill the daemon."""
    assert [capabilities.parse(t) for t in ("", "<a", "<a/>", "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>")] == [None] * 4
