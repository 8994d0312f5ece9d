"""The status section is read as plain values, and written back once."""

from __future__ import annotations

from standfast import cib
from standfast.dialects.crm_simulate import Model, Operation

NOW_S = 1_700_000_000
STATUS = """<cib><configuration><nodes><node id="1" uname="n1"/></nodes></configuration><status>
<node_state id="1" uname="n1" in_ccm="true" crm-debug-origin="kept"><!-- kept -->
<transient_attributes id="1"><instance_attributes id="s">
<nvpair id="p" name="ping" value="100"/></instance_attributes></transient_attributes>
<lrm id="1"><lrm_resources><lrm_resource id="a" class="ocf" type="Dummy" own="kept">
<lrm_rsc_op id="a_last_0" call-id="7" rc-code="0" own="kept"/>
<lrm_rsc_op id="a_monitor_1000" call-id="8" rc-code="0"/></lrm_resource></lrm_resources></lrm></node_state>
<node_state id="2" uname="n2"/></status></cib>"""


def _document() -> cib.Document:
    return cib.Document.parse(STATUS)


def test_nothing_done_is_nothing_changed() -> None:
    """`--save-output` would differ from the input by the reading alone."""
    model = Model(_document(), NOW_S)
    model.node("n1")
    assert model.written().render() == _document().render()


def test_what_the_model_does_not_know_is_kept() -> None:
    """A saved document would lose what other programs wrote into it."""
    model = Model(_document(), NOW_S)
    model.node("n1").attributes["ping"] = "0"
    model.record(Operation("a", "stop", 0, "n1", 0), "a", ("ocf", "", "Dummy"))
    text = model.written().render().decode()
    assert text.count("kept") == STATUS.count("kept")
    assert '<nvpair id="p" name="ping" value="0"/>' in text
    assert 'id="a_last_0" call-id="9"' in text


def test_what_was_forgotten_does_not_come_back() -> None:
    """A node that was fenced would have a history again, with what it ran before."""
    model = Model(_document(), NOW_S)
    model.node("n1").take_down()
    model.record(Operation("b", "monitor", 0, "n1", 7, 7), "b", ("ocf", "", "Dummy"))
    written = model.written()
    assert [e.get("id") for e in written.root.iter("lrm_resource")] == ["b"]
    assert not list(written.root.iter("nvpair"))


def test_a_new_node_comes_last_and_has_a_path() -> None:
    """Messages would name the state of another node."""
    model = Model(_document(), NOW_S)
    model.node("n3").set(up=True)
    assert model.path("n3") == "/cib/status/node_state[3]"
    states = model.written().root.findall("status/node_state")
    assert [state.get("uname") for state in states] == ["n1", "n2", "n3"]


def test_a_node_known_by_its_id_gets_its_name() -> None:
    """The first message of a node that had no name would make a second node of it."""
    document = cib.Document.parse(STATUS.replace('id="1" uname="n1" in_ccm', 'id="1" in_ccm'))
    model = Model(document, NOW_S)
    model.node("n1")
    assert model.written().render() == document.render().replace(b'origin="kept"', b'origin="kept" uname="n1"')
