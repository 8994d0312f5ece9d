"""The graph as XML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from standfast import transition
from standfast.transition import Action, Graph, Kind, ResourceRef, Synapse

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)
DUMMY = ResourceRef("a", "ocf", "Dummy", "pacemaker")


def start(number: int, **more) -> Action:
    return Action(number, Kind.RESOURCE, "start", "a_start_0", on_node="n1", on_node_uuid="1", resource=DUMMY, **more)


def test_what_is_rendered_is_read() -> None:
    """A saved graph could not be replayed."""
    fence = Action(
        2, Kind.CLUSTER, "stonith", "stonith-n2-reboot", on_node="n2", on_node_uuid="2",
        attributes={"CRM_meta_stonith_action": "reboot"}, downed=("2",),
    )  # fmt: skip
    first = start(1, attributes={"ip": "192.0.2.1"})
    graph = Graph(
        (Synapse(0, first, frozenset({2}), 7), Synapse(1, fence, frozenset(), 1_000_000)),
        {"cluster-delay": "60s", "batch-limit": "4"},
    )  # fmt: skip
    found = transition.xml.parse(transition.xml.render(graph))
    assert [s.inputs for s in found.synapses] == [frozenset({2}), frozenset()]
    assert [s.priority for s in found.synapses] == [7, 1_000_000]
    assert found.synapses[1].action.downed == ("2",)
    assert transition.xml.render(found) == transition.xml.render(graph)


@given(value=TEXT)
def test_any_text_is_carried(value: str) -> None:
    """A password with an ampersand would break the graph, or change on its way."""
    graph = Graph((Synapse(0, start(1, attributes={"passwd": value})),))
    found = transition.xml.parse(transition.xml.render(graph))
    assert found.synapses[0].action.attributes["passwd"] == value


def test_inputs_name_the_action() -> None:
    """Whoever reads a graph would see numbers only."""
    root = etree.fromstring(transition.xml.render(Graph((Synapse(0, start(1)), Synapse(1, start(2), frozenset({1}))))))
    trigger = root.find("synapse[2]/inputs/trigger/rsc_op")
    assert trigger is not None
    assert dict(trigger.attrib) == {
        "id": "1", "operation": "start", "operation_key": "a_start_0", "on_node": "n1", "on_node_uuid": "1",
    }  # fmt: skip


def test_a_graph_that_waits_for_what_is_not_there() -> None:
    """A graph of Pacemaker that names an action only as an input would not be read."""
    text = (
        '<transition_graph><synapse id="0"><action_set><pseudo_event id="1" operation="start" '
        'operation_key="g_start_0"><attributes/></pseudo_event></action_set><inputs><trigger><pseudo_event id="9" '
        'operation="stop" operation_key="g_stop_0"/></trigger></inputs></synapse></transition_graph>'
    )
    graph = transition.xml.parse(text)
    assert [action.id for action in graph.missing] == [9]
    assert transition.possible(graph)[0].synapses == ()


def test_what_is_no_graph_is_refused() -> None:
    """Garbage would be taken for an empty transition."""
    with pytest.raises(etree.XMLSyntaxError):
        transition.xml.parse("no graph")


@given(name=st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")), max_size=5))
def test_any_name_is_carried(name: str) -> None:
    """A parameter that is no XML name would end the scheduler."""
    graph = Graph((Synapse(0, start(1, attributes={name: "x"})),))
    assert transition.xml.parse(transition.xml.render(graph)).synapses[0].action.attributes == {name: "x"}
