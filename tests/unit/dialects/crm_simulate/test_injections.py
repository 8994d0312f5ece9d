"""Pretended events."""

from __future__ import annotations

from standfast import cib
from standfast.dialects import crm_simulate

NOW_S = 1_700_000_000


def run(document: cib.Document, *argv: str) -> str:
    output = crm_simulate.run(crm_simulate.parse(argv), document, NOW_S)
    return output.stdout + output.stderr


def test_a_node_that_is_gone(document) -> None:
    """Nobody could try what happens when a node fails."""
    found = run(document, "-S", "-d", "n1")
    assert "  * Taking node n1 offline\n" in found
    assert "    * a\t(ocf:pacemaker:Dummy):\t Started n2\n" in found


def test_an_operation_that_ended(document) -> None:
    """Nobody could try what happens when a resource is found active."""
    found = run(document, "-S", "-i", "a_monitor_0@n2=0")
    assert "Injecting a_monitor_0@n2=0" in found
    assert "Started n2" in found


def test_an_operation_that_will_fail(document) -> None:
    """Nobody could try what follows a failed start."""
    found = run(document, "-S", "-F", "a_start_0@n1=1")
    assert "Pretending action" in found
    revised = found.split("Revised Cluster Status:")[1]
    assert "Started n1" not in revised


def test_lost_quorum(document) -> None:
    """Nobody could try what happens when the network is cut."""
    assert "due to no quorum (blocked)" in run(document, "-S", "-q", "false")


def test_a_mistake_is_told(document) -> None:
    """A typing error in an injected operation would pass for a result."""
    output = crm_simulate.run(crm_simulate.parse(["-R", "-i", "nonsense"]), document, NOW_S)
    assert "nonsense" in output.stderr
