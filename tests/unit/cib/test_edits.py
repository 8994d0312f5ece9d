"""Edits in cibadmin's words."""

from __future__ import annotations

import pytest

from standfast import cib
from standfast.cib import edits, patches
from standfast.cib.edits import Edit
from standfast.errors import ConfigError, Exit

TEXT = """<cib epoch="4" num_updates="7" admin_epoch="0"><configuration><crm_config/><nodes/><resources>
<primitive id="a" class="ocf" provider="heartbeat" type="Dummy"><meta_attributes id="a-m"><nvpair id="a-m-x" name="x" value="1"/>
</meta_attributes></primitive><primitive id="b" class="ocf" provider="heartbeat" type="Dummy"/></resources>
<constraints><rsc_location id="l1" rsc="a" node="n1" score="1"/><rsc_location id="l2" rsc="b" node="n1" score="1"/></constraints>
</configuration><status><node_state id="1" uname="n1"/></status></cib>"""  # noqa: E501


@pytest.fixture
def document() -> cib.Document:
    return cib.Document.parse(TEXT)


def refused(document: cib.Document, *wanted: Edit) -> list[str]:
    before = document.render()
    with pytest.raises(ConfigError) as caught:
        edits.apply(document, wanted, 0)
    assert document.render() == before
    return [r.code for r in caught.value.reports]


def test_create_goes_to_its_section_and_raises_the_epoch(document: cib.Document) -> None:
    """A new resource would land where nobody looks, or the change have no version of its own."""
    before = document.render()
    new = edits.apply(document, [Edit("create", '<primitive id="c" class="lsb" type="x"/>')], 0, origin="n1")
    created = new.find("c")
    assert created is not None
    assert created.getparent() is new.section("resources")
    assert str(new.version) == "0.5.0"
    assert new.root.get("update-origin") == "n1"
    assert document.render() == before


def test_create_of_what_exists_is_refused(document: cib.Document) -> None:
    """A second resource of one name would be made."""
    codes = refused(document, Edit("create", '<primitive id="a" class="lsb" type="x"/>', scope="resources"))
    assert codes == ["cib.exists"]
    assert edits.EXIT_STATUS[codes[0]] is Exit.EXISTS


def test_a_sections_text_creates_its_children(document: cib.Document) -> None:
    """cibadmin --create --scope constraints with a section's text would nest one section in the other."""
    text = '<constraints><rsc_location id="l3" rsc="a" node="n2" score="5"/></constraints>'
    new = edits.apply(document, [Edit("create", text, scope="constraints")], 0)
    assert [c.get("id") for c in new.section("constraints")] == ["l1", "l2", "l3"]


def test_modify_merges_by_id_and_keeps_the_rest(document: cib.Document) -> None:
    """Changing one value would drop the resource's others."""
    text = ('<primitive id="a"><meta_attributes id="a-m"><nvpair id="a-m-x" name="x" value="2"/>'
            '<nvpair id="a-m-y" name="y" value="3"/></meta_attributes></primitive>')  # fmt: skip
    new = edits.apply(document, [Edit("modify", text)], 0)
    found = new.find("a")
    assert found is not None
    assert (found.get("type"), cib.nvpairs.unpack(found, "meta_attributes")) == ("Dummy", {"x": "2", "y": "3"})


def test_modify_of_nothing_needs_permission_to_create(document: cib.Document) -> None:
    """A misspelt id would silently make a second resource."""
    text = '<primitive id="zz" class="lsb" type="x"/>'
    assert refused(document, Edit("modify", text, scope="resources")) == ["cib.no-such"]
    new = edits.apply(document, [Edit("modify", text, scope="resources", allow_create=True)], 0)
    assert new.find("zz") is not None


def test_replace_of_a_section_and_of_one_element(document: cib.Document) -> None:
    """crm configure load replace would merge instead of replacing."""
    new = edits.apply(document, [Edit("replace", "<constraints/>", scope="constraints")], 0)
    assert len(new.section("constraints")) == 0
    one = edits.apply(document, [Edit("replace", '<primitive id="a" class="lsb" type="y"/>', scope="resources")], 0)
    found = one.find("a")
    assert found is not None
    assert (len(found), found.get("provider")) == (0, None)
    assert [r.get("id") for r in one.section("resources")] == ["a", "b"]


def test_replace_of_all_keeps_our_status_and_refuses_an_older_text(document: cib.Document) -> None:
    """An edited file would claim that resources run where they do not, or undo newer changes."""
    text = document.copy()
    text.status.clear()
    text.section("constraints").clear()
    new = edits.apply(document, [Edit("replace", text.render().decode())], 0)
    assert len(new.status) == 1
    assert len(new.section("constraints")) == 0
    assert str(new.version) == "0.5.0"
    text.root.set("epoch", "3")
    assert refused(document, Edit("replace", text.render().decode())) == ["cib.outdated"]


def test_delete_by_attributes_by_xpath_and_of_nothing(document: cib.Document) -> None:
    """A constraint could not be removed by what it says, or removing it twice would fail."""
    by_text = edits.apply(document, [Edit("delete", '<rsc_location rsc="b"/>', scope="constraints")], 0)
    assert [c.get("id") for c in by_text.section("constraints")] == ["l1"]
    by_path = edits.apply(document, [Edit("delete", xpath="//rsc_location[@node='n1']")], 0)
    assert len(by_path.section("constraints")) == 0
    nothing = edits.apply(document, [Edit("delete", '<rsc_location id="l9"/>', scope="constraints")], 0)
    assert nothing.version == document.version


def test_patch(document: cib.Document) -> None:
    """crm and pcs send patches: they could change nothing here."""
    both = [Edit("delete", '<primitive id="b"/>'), Edit("delete", '<rsc_location id="l2"/>')]
    wanted = edits.apply(document, both, 0)
    patchset = patches.etree.tostring(patches.diff(document, wanted)).decode()
    new = edits.apply(document, [Edit("patch", patchset)], 0)
    assert new.find("b") is None
    assert new.version == wanted.version
    assert refused(new, Edit("patch", patchset)) == ["cib.patch-outdated"]


def test_status_alone_raises_num_updates(document: cib.Document) -> None:
    """A status change would count as a configuration change and go to every disk."""
    new = edits.apply(document, [Edit("modify", '<node_state id="1" crmd="online"/>', scope="status")], 0)
    assert str(new.version) == "0.4.8"
    assert new.root.get("cib-last-written") is None


def test_a_higher_admin_epoch_stays(document: cib.Document) -> None:
    """An operator could not make his copy win."""
    new = edits.apply(document, [Edit("modify", '<cib admin_epoch="2"/>')], 0)
    assert str(new.version) == "2.4.7"


def test_all_mistakes_are_told_and_nothing_is_done(document: cib.Document) -> None:
    """The first of many mistakes would hide the others, or the good edits be applied without the bad ones."""
    codes = refused(
        document,
        Edit("create", '<primitive id="c" class="lsb" type="x"/>'),
        Edit("create", "<broken"),
        Edit("modify", '<primitive id="zz"/>', scope="resources"),
        Edit("dance", "<x/>"),
        Edit("delete", xpath="//["),
        Edit("replace", "<a/>", scope="nowhere"),
        Edit("replace", "<primitive id='q'/>", xpath="//rsc_location"),
        Edit("delete"),
        Edit("delete", xpath="/cib"),
    )
    assert codes == ["cib.not-xml", "cib.no-such", "cib.bad-edit", "cib.bad-xpath", "cib.bad-edit", "cib.bad-xpath",
                     "cib.bad-edit", "cib.bad-edit"]  # fmt: skip


def test_what_would_be_invalid_is_refused(document: cib.Document) -> None:
    """Every node's scheduler would meet a constraint on a resource that is not there."""
    codes = refused(
        document,
        Edit("delete", '<primitive id="b"/>', scope="resources"),
        Edit("create", '<rsc_order id="o" first="a" then="zz" kind="Perhaps"/>', scope="constraints"),
    )
    assert sorted(codes) == ["cib.bad-value", "cib.no-such", "cib.no-such"]


def test_what_was_invalid_before_is_no_reason(document: cib.Document) -> None:
    """A cluster with one old mistake could not be changed at all, not even to mend it."""
    broken = edits.apply(document, [Edit("delete", '<primitive id="b"/>')], 0, check=False)
    new = edits.apply(broken, [Edit("create", '<primitive id="c" class="lsb" type="x"/>')], 0)
    assert new.find("c") is not None
    assert refused(broken, Edit("create", '<primitive id="d" class="lsb"/>')) == ["cib.missing-attribute"]


@pytest.mark.parametrize(
    "wanted",
    [
        Edit("create", '<primitive id="c" class="lsb" type="x"/>'),
        Edit("modify", '<nvpair id="a-m-x" name="x" value="2"/>', xpath="/cib/configuration//nvpair[@id='a-m-x']"),
        Edit("modify", '<nvpair id="a-m-x" name="x" value="2"/>', xpath="//nvpair[@id='a-m-x']"),
        Edit("delete", xpath="//rsc_location | /cib/status/node_state"),
        Edit("replace", TEXT.replace('epoch="4"', 'epoch="9"')),
        Edit("replace", '<node_state id="1" uname="other"/>'),
        Edit("delete", "<status/>"),
    ],
    ids=lambda edit: f"{edit.operation} {edit.xpath or edit.xml[:12]}",
)
def test_a_change_in_place_does_what_a_change_of_a_copy_does(document: cib.Document, wanted: Edit) -> None:
    """Members that hold the document would come to another one than a plan had shown."""
    status = document.root.find("status")
    copied = edits.apply(document, [wanted], 0, user="me")
    version = edits.change(document, [wanted], 0, user="me", dry_run=True)
    assert edits.change(document, [wanted], 0, user="me") == version == copied.version
    assert document.render() == copied.render()
    if "status" not in wanted.xpath + wanted.xml[:11]:
        assert len(document.status) == len(status)


def test_a_refused_change_in_place_changes_nothing(document: cib.Document) -> None:
    """Half of an operator's change would be made."""
    before = document.render()
    with pytest.raises(ConfigError):
        edits.change(document, [Edit("delete", xpath="//primitive"), Edit("create", "<nonsense/>")], 0)
    with pytest.raises(ConfigError):
        edits.change(document, [Edit("create", "<nonsense/>", scope="resources")], 0)
    assert document.render() == before
