"""crm_resource: outputs as Pacemaker 2.1.5's, measured; orders as the API has them."""

from __future__ import annotations

import pytest

LISTING = """Full List of Resources:
  * vip\t(ocf:heartbeat:Dummy):\t Started n1
  * off\t(ocf:heartbeat:Dummy):\t Stopped (disabled)
"""
CONSTRAINTS = """Locations:
  * Node n1 (score=100, id=l1, rsc=vip)
  * Node n2 (score=-INFINITY, id=cli-ban-vip-on-n2, rsc=vip)
Resources colocated with vip:
  * g (score=INFINITY, id=c1)
"""
STACK = """Resources g is colocated with:
  * vip (score=INFINITY, id=c1)
    * Locations:
      * Node n1 (score=100, id=l1, rsc=vip)
      * Node n2 (score=-INFINITY, id=cli-ban-vip-on-n2, rsc=vip)
"""


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("crm_resource -l", "vip\ng1\ng2\ndb:0\ndb:1\noff\n"),
        ("crm_resource -W -r vip", "resource vip is running on: n1\n"),
        ("crm_resource -r vip -W -Q", "n1\n"),
        ("crm_resource -r db -W", "resource db is running on: n2\nresource db is running on: n1 Promoted\n"),
        ("crm_resource -r db-clone -W -Q", "n2\nn1\n"),
        ("crm_resource -r off -W", ""),
        ("crm_resource -r vip -g ip", "10.0.0.9\n"),
        ("crm_resource -r vip -m -g target-role", "Started\n"),
        ("crm_resource -r db -m -g promotable", "true\n"),
        ("crm_resource -Q -r vip -z -g cpu", "2\n"),
        (
            "crm_resource -L",
            LISTING,
        ),
        (
            "crm_resource -a -r vip",
            CONSTRAINTS,
        ),
        (
            "crm_resource -A -r g",
            STACK,
        ),
    ],
)
def test_queries(sh, line: str, out: str) -> None:
    """Operators' scripts and agents would read something else than what is so."""
    assert tuple(sh(line)) == (0, out)


def test_operations(sh) -> None:
    """azure-events would not see that an operation is pending, and let the node go."""
    lines = sh("crm_resource --list-operations -N n1", TZ="UTC").out.splitlines()
    assert lines[0] == (
        "vip\t(ocf:heartbeat:Dummy):\t Started: vip_start_0 (node=n1, call=10, rc=0, "
        "last-rc-change='Tue Nov 14 22:13:20 2023', exec=20ms): complete"
    )
    assert len(lines) == 4
    assert "db_promote_0" in lines[3]


def test_configuration(sh) -> None:
    """Operators could not look at a resource's configuration."""
    ran = sh("crm_resource -q -r g")
    assert ran.out.endswith(
        'Resource XML:\n<group id="g">\n  <primitive id="g1" class="ocf" provider="heartbeat" type="Dummy"/>\n'
        '  <primitive id="g2" class="ocf" provider="heartbeat" type="Dummy"/>\n</group>\n'
    )


def test_missing(sh) -> None:
    """A script could not tell a resource that is stopped from one that is not there."""
    ran = sh("crm_resource -r nope -W")
    assert (ran.code, ran.err) == (
        105,
        "crm_resource: Resource 'nope' not found\nError performing operation: No such object\n",
    )
    assert sh("crm_resource -Q -r vip -z -g mem").code == 105
    assert sh("crm_resource -W").code == 64
    assert sh("crm_resource --bogus").code == 64
    assert sh("crm_resource -r off -W").err == "resource off is NOT running\n"


def test_parameters_are_edits(sh, daemon) -> None:
    """VirtualDomain's utilization, or an operator's parameter, would be set beside the old value."""
    assert sh("crm_resource -r vip -z -p cpu -v 4").out == ("Set 'vip' option: id=vip-u1 set=vip-u name=cpu value=4\n")
    assert sh("crm_resource -r g1 -z -p hv_memory -v 512").code == 0
    assert sh("crm_resource --resource=vip --set-parameter ip --parameter-value 10.0.0.8").code == 0
    assert sh("crm_resource -r g -m -p is-managed -v false").code == 0
    assert sh("crm_resource -r g1 -g hv_memory -z").out == "512\n"
    assert sh("crm_resource -r vip -g ip").out == "10.0.0.8\n"
    assert sh("crm_resource -r g2 -m -g is-managed").out == "false\n"
    assert sh("crm_resource --resource=vip --utilization --delete-parameter=cpu").code == 0
    assert sh("crm_resource -r vip -z -g cpu").code == 105
    assert sh("crm_resource -r vip -d nope").code == 0
    assert sh("crm_resource -r vip -p ip").code == 64
    assert len(daemon.document.root.findall("configuration/resources//primitive[@id='g1']/utilization")) == 1


def test_orders(sh, daemon) -> None:
    """An operator's move, ban or clean-up would not be done, or done elsewhere."""
    lines = {
        "crm_resource -C -r vip": ("vip/cleanup", {}),
        "crm_resource -C -r vip -N n1 -n monitor": ("vip/cleanup", {"node": "n1", "operation": "monitor"}),
        "crm_resource -R": ("-/refresh", {}),
        "crm_resource -M -r vip -N n2": ("vip/move", {"node": "n2"}),
        "crm_resource -M -r vip -N n2 -u PT1H": ("vip/move", {"node": "n2", "lifetime": "PT1H"}),
        "crm_resource -M -r vip": ("vip/ban", {"node": "n1"}),
        "crm_resource -B -r vip -N n2": ("vip/ban", {"node": "n2"}),
        "crm_resource -B -r db -N n1 -Q": ("db/ban", {"node": "n1"}),
        "crm_resource -B -r db-clone --promoted": ("db-clone/ban", {"node": "n1", "operation": "promoted"}),
        "crm_resource -U -r vip": ("vip/clear", {}),
        "crm_resource -F -r vip -N n1": ("vip/fail", {"node": "n1"}),
        "crm_resource --restart -r vip": ("vip/restart", {}),
    }
    for line, (path, body) in lines.items():
        daemon.posted.clear()
        ran = sh(line)
        assert (line, ran.code, daemon.posted) == (line, 0, [(f"/v1/resources/{path}", body)])


def test_order_messages_and_refusals(sh, daemon) -> None:
    """Nobody would be told what a ban means, or that a move moves nothing."""
    assert sh("crm_resource -B -r vip -N n1").err.startswith(
        "WARNING: Creating rsc_location constraint 'cli-ban-vip-on-n1' with a score of -INFINITY for resource vip"
    )
    assert sh("crm_resource -C -r g").out == "\n".join(
        [f"Cleaned up {r} on {n}" for r in ("g1", "g2") for n in ("n1", "n2")] + [""]
    )
    assert sh("crm_resource -M -r vip -N n1").code == 108
    assert sh("crm_resource -B -r off").code == 64
    assert sh("crm_resource --force-start -r vip").code == 3
    assert sh("crm_resource -C -r nope").code == 105


def test_delete_wait_agents(sh, daemon) -> None:
    """Scripts that delete resources, wait, or list agents would stop working."""
    assert sh("crm_resource -D -r off -t primitive").code == 0
    assert daemon.document.find("off") is None
    assert sh("crm_resource --wait -T 30").code == 0
    daemon.status["transition"] = "running"
    assert sh("crm_resource --wait -T 1").code == 124
    assert sh("crm_resource --list-standards").out.split()[0] == "ocf"
    assert sh("crm_resource --show-metadata ocf:heartbeat:NoSuch").code == 105


def test_xml(sh) -> None:
    """A program that reads XML would find none."""
    out = sh("crm_resource -W -r vip --output-as=xml").out
    assert '  <nodes resource="vip">\n    <node>n1</node>\n  </nodes>\n' in out
    assert '<resource id="vip" role="Started"/>' in sh("crm_resource -L --output-as=xml").out
