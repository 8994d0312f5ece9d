"""crm_node, pacemakerd, crmadmin, crm_failcount."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("crm_node -n", "n1\n"),
        ("crm_node -i", "1\n"),
        ("crm_node -l", "1 n1 member\n2 n2 member\n3 n3 lost\n"),
        ("crm_node -p", "n1 n2 \n"),
        ("crm_node -l -p", "n1 n2 \n"),
        ("crm_node -q", "1\n"),
        ("crm_node -N 2", "n2\n"),
        ("crm_node --name-for-id=3", "n3\n"),
        ("crmadmin -D", "Designated Controller is: n1\n"),
        ("crmadmin -N", "member node: n1 (1)\nmember node: n2 (2)\nmember node: n3 (3)\n"),
    ],
)
def test_answers(sh, line: str, out: str) -> None:
    """Agents would not know where they are, or who else is there."""
    assert tuple(sh(line)) == (0, out)


def test_name_without_a_question(sh, daemon) -> None:
    """An agent on a node whose daemon is away would not know its own name."""
    variables = {"OCF_RESKEY_CRM_meta_on_node": "n2", "STANDFAST_SOCKET": "/nowhere"}
    assert tuple(sh("crm_node -n", **variables)) == (0, "n2\n")
    assert sh("crm_node -l", **variables).code == 102


def test_errors(sh) -> None:
    """A node would be removed by a tool that does not do it, or an unknown id would be one."""
    assert sh("crm_node -N 9").code == 105
    assert sh("crm_node -R n3").code == 3
    assert sh("crm_node").code == 64


def test_version_that_agents_compare(sh) -> None:
    """ocf-shellfuncs would take `uname -n` for the node's name: it wants a Pacemaker after 1.1.8."""
    ran = sh("pacemakerd -$")
    assert ran.out.split()[:2] == ["Pacemaker", "2.1.5"]
    assert sh("pacemakerd").code == 3


def test_failcount(sh, daemon) -> None:
    """An agent that counts its failures would count them wrong."""
    daemon.attributes |= {
        ("n1", "fail-count-vip#monitor_10000", "reboot"): "2",
        ("n1", "fail-count-vip#start_0", "reboot"): "3",
        ("n2", "fail-count-vip#start_0", "reboot"): "INFINITY",
    }
    assert sh("crm_failcount -G -r vip -N n1").out == "scope=status  name=fail-count-vip value=5\n"
    assert sh("crm_failcount -G -r vip -N n1 -q -n monitor -I 10s").out == "2\n"
    assert sh("crm_failcount -r vip -N n2 -q").out == "INFINITY\n"
    assert sh("crm_failcount -r g1 -q").out == "0\n"
    assert sh("crm_failcount -D -r vip -N n1").code == 0
    assert daemon.posted == [("/v1/resources/vip/cleanup", {"node": "n1"})]
