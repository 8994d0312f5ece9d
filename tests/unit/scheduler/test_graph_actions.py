"""Actions of the graph, with all that executors need."""

from __future__ import annotations

from lxml import etree

from standfast import transition


def test_an_operation_says_what_where_and_with_what(small) -> None:
    """An executor could not run the agent."""
    plan = small.plan(small.primitive("a", "start 0 timeout=44s", ip="192.0.2.1"))
    action = plan.action("a_start_0 n1")
    assert (action.kind, action.operation, action.on_node, action.on_node_uuid) == (
        transition.Kind.RESOURCE, "start", "n1", "1",
    )  # fmt: skip
    resource = action.resource
    assert resource is not None
    assert (resource.id, resource.standard, resource.provider, resource.type) == ("a", "ocf", "pacemaker", "Dummy")
    assert (action.attributes["ip"], action.timeout_ms, action.target_rc) == ("192.0.2.1", 44000, 0)
    assert action.attributes["CRM_meta_on_node"] == "n1"


def test_instances_know_their_number(small) -> None:
    """An agent of a unique clone could not tell its instance."""
    plan = small.plan(small.clone("c", "a", globally_unique="true", clone_max=2), nodes=["n1", "n2"])
    action = plan.action("a:1_start_0 n2")
    assert action.attributes["CRM_meta_clone"] == "1"
    assert action.attributes["CRM_meta_clone_max"] == "2"
    assert action.attributes["CRM_meta_globally_unique"] == "true"


def test_anonymous_instances_are_known_by_their_plain_name(small) -> None:
    """The executor would keep a history that the scheduler does not find again."""
    plan = small.plan(small.clone("c", "a"), nodes=["n1"])
    resource = plan.action("a:0_start_0 n1").resource
    assert resource is not None
    assert resource.id == "a"
    assert resource.long_id == "a:0"


def test_maintenance_is_told_to_remote_nodes(small) -> None:
    """A remote node's executor would not know that it is in maintenance."""
    remote = small.primitive("far", agent="ocf:pacemaker:remote", server="192.0.2.9")
    document = small.document(remote, nodes=["n1"], history={"n1": ["far start 0"]})
    values = small.nvpairs("instance_attributes", "f", {"maintenance": "true"})
    node = etree.fromstring(f'<node id="far" uname="far" type="remote">{values}</node>')
    document.section("nodes").append(node)
    document.section("status").append(etree.fromstring('<node_state id="far" uname="far" remote_node="true"/>'))
    told = [action for action in small.of(document).outcome.graph.actions() if action.maintenance]
    assert [dict(action.maintenance) for action in told] == [{"far": True}]
