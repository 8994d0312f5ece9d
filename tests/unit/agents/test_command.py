"""What is executed for a call."""

from __future__ import annotations

import pytest

from standfast.agents import AgentName, Invocation, Site, command
from standfast.agents.command import candidates


def test_ocf_agent_is_called_with_its_action() -> None:
    """No OCF agent would be found."""
    made = command(Invocation(AgentName("ocf", "IPaddr", "heartbeat"), "monitor", 1000), Site())
    assert made.candidates[0] == "/usr/lib/ocf/resource.d/heartbeat/IPaddr"
    assert made.arguments == ("monitor",)
    assert made.stdin == b""


def test_init_script_is_asked_for_its_status() -> None:
    """Init scripts know no monitor: every probe of theirs would fail."""
    made = command(Invocation(AgentName("lsb", "nginx"), "monitor", 1000), Site())
    assert made.candidates == ("/etc/init.d/nginx",)
    assert made.arguments == ("status",)
    assert candidates(AgentName("lsb", "/opt/x/init"), Site()) == ("/opt/x/init",)


def test_heartbeat_parameters_come_in_the_order_of_their_numbers_before_the_action() -> None:
    """`IPaddr::10.0.0.1::24::eth0` would be called with its words in another order."""
    made = command(
        Invocation(AgentName("heartbeat", "IPaddr"), "start", 1000, parameters={"2": "24", "10": "x", "1": "10.0.0.1"}),
        Site(),
    )
    assert made.candidates[0] == "/etc/ha.d/resource.d/IPaddr"
    assert made.arguments == ("10.0.0.1", "24", "x", "start")


def test_fence_agent_reads_its_parameters() -> None:
    """Secrets would stand in the process list, or the agent would be told to do another thing than was asked."""
    invocation = Invocation(
        AgentName("stonith", "fence_lab"),
        "reboot",
        1000,
        parameters={"port": "n1", "action": "off", "passwd": "a=b", "pcmk_host_map": "n1:1", "provides": "unfencing"},
    )
    made = command(invocation, Site())
    assert made.arguments == ()
    assert made.stdin == b"action=reboot\nport=n1\npasswd=a=b\n"


def test_a_parameter_cannot_bring_another_line() -> None:
    """A value with a line end could turn a status into a reboot."""
    invocation = Invocation(AgentName("stonith", "fence_x"), "status", 1, parameters={"plug": "1\naction=off"})
    assert command(invocation, Site()).stdin == b"action=status\nplug=1 action=off\n"


def test_fence_agents_spell_meta_data_in_one_word() -> None:
    """No fence agent's meta-data could be had."""
    assert command(Invocation(AgentName("stonith", "f"), "meta-data", 1), Site()).stdin == b"action=metadata\n"


@pytest.mark.parametrize("name", ["../../../bin/sh", "a/b", "", "..", "x\0y"])
def test_a_name_cannot_lead_out_of_the_folder(name: str) -> None:
    """Who may write a resource's type could run any program."""
    for standard in ("ocf", "heartbeat", "stonith"):
        assert candidates(AgentName(standard, name, "heartbeat"), Site()) == ()
    assert candidates(AgentName("ocf", "Dummy", name), Site()) == ()
    if not name.startswith("/"):
        assert candidates(AgentName("lsb", name), Site()) == ()


def test_what_is_no_file_has_no_candidates() -> None:
    """A unit would be executed as a file."""
    assert candidates(AgentName("systemd", "nginx"), Site()) == ()
    assert candidates(AgentName("upstart", "nginx"), Site()) == ()
