"""Remote nodes: machines that run resources and are no members."""

from __future__ import annotations

from lxml import etree


def remote(small) -> str:
    return small.primitive("far", "monitor 30s", agent="ocf:pacemaker:remote", server="192.0.2.9")


def test_a_resource_on_a_remote_node_waits_for_the_connection(small) -> None:
    """Actions would be sent to a node that nobody is connected to."""
    document = small.document(remote(small), "a", constraints=[small.location("a", "far")], nodes=["n1"])
    plan = small.of(document)
    assert plan.node == {"far": "n1", "a": "far"}
    assert plan.precedes("far_start_0 n1", "a_start_0 far")
    assert plan.action("a_start_0 far").router_node == "n1"


def test_a_remote_node_is_a_node_of_its_kind(small) -> None:
    """Status commands would count it as a member."""
    state = small.state(remote(small), "a")
    assert {node.name: node.kind for node in state.nodes} == {
        "n1": "member", "n2": "member", "n3": "member", "far": "remote",
    }  # fmt: skip


def test_a_lost_connection_fences_the_remote_node(small) -> None:
    """Its resources would be started elsewhere while they still run there."""
    document = small.document(
        small.fencing, remote(small), "a", nodes=["n1", "n2"],
        history={"n1": ["far start 0", "far monitor 1 30s status=4 failed=1"]},
    )  # fmt: skip
    status = document.root.find("status")
    assert status is not None
    history = (
        '<node_state id="far" uname="far" remote_node="true"><lrm id="far"><lrm_resources><lrm_resource id="a" '
        'class="ocf" provider="pacemaker" type="Dummy"><lrm_rsc_op id="a_last_0" operation="start" '
        'operation_key="a_start_0" interval="0" call-id="3" rc-code="0" op-status="0" '
        'transition-magic="0:0;3:1:0:x"/></lrm_resource></lrm_resources></lrm></node_state>'
    )
    status.append(etree.fromstring(history))
    plan = small.of(document)
    assert set(plan.outcome.fencing) == {"far"}
    assert plan.precedes("stonith-far-reboot far", f"a_start_0 {plan.node['a']}")
