"""What texts make of configurations."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from standfast import cib
from standfast.dialects import crm
from standfast.errors import ConfigError, Severity

SAMPLES = Path(__file__).parent / "samples"
EMPTY = (
    '<cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config/>'
    '<nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes><resources/><constraints/></configuration>'
    "<status/></cib>"
)
NOTEBOOK = """\
<resources>
  <group id="myservice">
    <primitive id="myip" class="ocf" provider="heartbeat" type="IPaddr">
      <instance_attributes id="myip-instance_attributes">
        <nvpair name="ip" value="172.16.100.12" id="myip-instance_attributes-ip"/>
        <nvpair name="cidr_netmask" value="16" id="myip-instance_attributes-cidr_netmask"/>
        <nvpair name="nic" value="eth0" id="myip-instance_attributes-nic"/>
      </instance_attributes>
      <operations>
        <op name="monitor" interval="20" timeout="20" on-fail="restart" id="myip-monitor-20"/>
      </operations>
    </primitive>
    <primitive id="mystore" class="ocf" provider="heartbeat" type="Filesystem">
      <instance_attributes id="mystore-instance_attributes">
        <nvpair name="device" value="172.16.100.17:/mydata" id="mystore-instance_attributes-device"/>
        <nvpair name="directory" value="/mydata" id="mystore-instance_attributes-directory"/>
        <nvpair name="fstype" value="nfs" id="mystore-instance_attributes-fstype"/>
      </instance_attributes>
      <operations>
        <op name="monitor" interval="20" timeout="20" on-fail="restart" id="mystore-monitor-20"/>
      </operations>
    </primitive>
    <primitive id="myserver" class="lsb" type="mysqld">
      <operations>
        <op name="monitor" interval="20" timeout="20" on-fail="restart" id="myserver-monitor-20"/>
      </operations>
    </primitive>
  </group>
</resources>
<constraints>
  <rsc_order id="myip_berfore_mystore_before_myserver" kind="Mandatory">
    <resource_set sequential="false" id="myip_berfore_mystore_before_myserver-0">
      <resource_ref id="myip"/>
      <resource_ref id="mystore"/>
    </resource_set>
    <resource_set id="myip_berfore_mystore_before_myserver-1">
      <resource_ref id="myserver"/>
    </resource_set>
  </rsc_order>
</constraints>
"""


def load(text: str, document: cib.Document | None = None, method: crm.Method = crm.Method.UPDATE) -> cib.Document:
    changed, _ = crm.change(document or cib.Document.parse(EMPTY), crm.read(text, "t"), method)
    return changed


def findings(text: str, document: cib.Document | None = None, method: crm.Method = crm.Method.UPDATE) -> list[str]:
    _, reports = crm.apply(document or cib.Document.parse(EMPTY), crm.read(text, "t"), method)
    return [f"{r.place} {r.severity} {r.code}" for r in reports]


def section(document: cib.Document, name: str) -> str:
    found = document.root.find(f"configuration/{name}")
    assert found is not None
    etree.indent(found)
    return etree.tostring(found, encoding="unicode").strip() + "\n"


def ids(document: cib.Document, path: str) -> list[str]:
    return [e.get("id", "") for e in document.root.iterfind(f"configuration/{path}")]


def test_the_notebooks_lines_become_what_crmsh_makes_of_them() -> None:
    """If this failed, the operator's own notes would not configure their service."""
    document = load((SAMPLES / "notebook.crm").read_text())
    assert section(document, "resources") + section(document, "constraints") == NOTEBOOK


def test_a_text_is_a_new_document_and_the_old_one_stays() -> None:
    """If this failed, a plan would change the configuration that it only asks about."""
    document = cib.Document.parse(EMPTY)
    before = document.render()
    load("primitive a Dummy", document)
    assert document.render() == before


def test_properties_are_merged() -> None:
    """If this failed, setting one property would drop the others."""
    document = load("property a=1 b=2\nrsc_defaults resource-stickiness=1")
    document = load("property b=3 c=4", document, crm.Method.CREATE)
    pairs = document.root.iterfind("configuration/crm_config/cluster_property_set/nvpair")
    assert [(p.get("name"), p.get("value")) for p in pairs] == [("a", "1"), ("b", "3"), ("c", "4")]
    assert ids(document, "rsc_defaults/meta_attributes/nvpair") == ["rsc-options-resource-stickiness"]


def test_a_node_is_merged_by_its_name() -> None:
    """If this failed, an attribute set for a node would make a second node."""
    document = load("node n1 attributes standby=on", method=crm.Method.CREATE)
    document = load("node n1 attributes rack=2", document, crm.Method.CREATE)
    assert ids(document, "nodes/node") == ["1", "2"]
    assert ids(document, "nodes/node/instance_attributes/nvpair") == [
        "n1-instance_attributes-standby",
        "n1-instance_attributes-rack",
    ]


def test_update_replaces_an_object_and_keeps_its_place_and_ids() -> None:
    """If this failed, a changed parameter would move a resource or give every part of it a new id."""
    given = cib.Document.parse(
        '<cib><configuration><resources><primitive id="a" class="ocf" provider="heartbeat" type="Dummy">'
        '<instance_attributes id="my-own"><nvpair id="mine" name="x" value="1"/></instance_attributes></primitive>'
        '<primitive id="b" class="lsb" type="b"/></resources></configuration></cib>'
    )
    document = load("primitive a Dummy params x=2 y=3", given)
    assert ids(document, "resources/primitive") == ["a", "b"]
    assert ids(document, "resources/primitive/instance_attributes") == ["my-own"]
    assert ids(document, "resources/primitive/instance_attributes/nvpair") == ["mine", "my-own-y"]


def test_ids_stay_unique() -> None:
    """If this failed, the schema would refuse what people wrote."""
    text = "primitive a Dummy params rule #uname eq n1 x=1 params rule #uname eq n2 x=2\n"
    document = load(text)
    found = ids(document, "resources/primitive/instance_attributes")
    assert found == ["a-instance_attributes", "a-instance_attributes-0"]
    every = [e.get("id") for e in document.root.iter() if e.get("id")]
    assert len(every) == len(set(every))


def test_names_that_cannot_be_in_an_id_are_mended() -> None:
    """If this failed, a parameter with a colon in its name would give an invalid document."""
    document = load("primitive a Dummy params 'a b:c'=1")
    assert ids(document, "resources/primitive/instance_attributes/nvpair") == ["a-instance_attributes-a.b.c"]


def test_replace_drops_what_the_text_does_not_say_but_the_nodes() -> None:
    """If this failed, `load replace` would leave old resources running."""
    document = load("primitive a Dummy\nproperty x=1")
    document = load("primitive b Dummy", document, crm.Method.REPLACE)
    assert ids(document, "resources/primitive") == ["b"]
    assert ids(document, "crm_config/cluster_property_set") == []
    assert ids(document, "nodes/node") == ["1", "2"]


def test_a_configuration_can_be_replaced_by_itself() -> None:
    """A file with clones, edited and loaded again as operators do, would end in a fault of ours."""
    text = "primitive a Dummy\nprimitive b ocf:pacemaker:Stateful\nclone c a\nms m b\nlocation l a 10: n1\n"
    document = load(text)
    assert load(text, document, crm.Method.REPLACE).render() == document.render()


def test_push_keeps_the_ids_of_what_stays() -> None:
    """If this failed, `load push` would be a replace that restarts everything."""
    document = load("primitive a Dummy\nprimitive b Dummy\ngroup g a b\nlocation l g 1: n1")
    document = load("primitive a Dummy params x=1\nproperty y=1", document, crm.Method.PUSH)
    assert ids(document, "resources/*") == ["a"]
    assert ids(document, "constraints/*") == []


def test_members_can_change_places_between_groups() -> None:
    """If this failed, regrouping would need two loads with a stop between them."""
    document = load("primitive a Dummy\nprimitive b Dummy\ngroup g a\ngroup h b")
    document = load("group g b\ngroup h a", document)
    assert ids(document, "resources/group") == ["g", "h"]
    assert ids(document, "resources/group/primitive") == ["b", "a"]


def test_a_member_taken_out_of_a_group_is_on_top() -> None:
    """If this failed, a member dropped from a group would be deleted."""
    document = load("primitive a Dummy\nprimitive b Dummy\ngroup g a b")
    document = load("group g b", document)
    assert ids(document, "resources/*") == ["g", "a"]


def test_constraints_on_a_resource_that_is_grouped_move_to_the_group() -> None:
    """If this failed, grouping a resource would leave constraints on a member."""
    document = load("primitive a Dummy\nprimitive b Dummy\nlocation l a 1: n1\ncolocation c inf: a b")
    document = load("group g a b", document, crm.Method.CREATE)
    assert [c.get("rsc") for c in document.root.iterfind("configuration/constraints/*")] == ["g"]


def test_resources_stand_in_the_texts_order() -> None:
    """If this failed, resources with equal scores would be placed in another order than they were written."""
    document = load("primitive z Dummy\nclone c m\nprimitive a Dummy\nprimitive m Dummy")
    assert ids(document, "resources/*") == ["z", "c", "a"]


def test_a_topology_without_targets_is_for_every_node() -> None:
    """If this failed, a node would have no fencing levels."""
    document = load("primitive s stonith:fence_lab\nprimitive t stonith:fence_lab\nfencing_topology s t")
    levels = document.root.iterfind("configuration/fencing-topology/fencing-level")
    assert [(e.get("target"), e.get("index"), e.get("devices"), e.get("id")) for e in levels] == [
        ("n1", "1", "s", "fencing"),
        ("n1", "2", "t", "fencing-0"),
        ("n2", "1", "s", "fencing-1"),
        ("n2", "2", "t", "fencing-2"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("group g a", "t:1:9 error crm.no-such-resource"),
        ("primitive a Dummy\nclone c b", "t:2:9 error crm.no-such-resource"),
        ("location l a 1: n1", "t:1:12 error crm.no-such-resource"),
        ("primitive a Dummy\nlocation l a 1: n9", "t:2:17 warning crm.no-such-node"),
        ("primitive a Dummy\norder o inf: a (b)", "t:2:16 error crm.no-such-resource"),
        ("primitive a Dummy\ncolocation c inf: a:Master b:Slave", "t:2:28 error crm.no-such-resource"),
        ("primitive a @t", "t:1:13 error crm.no-such-template"),
        ("tag t a", "t:1:7 error crm.no-such-object"),
        ("acl_target joe admin", "t:1:16 error crm.no-such-role"),
        ("primitive a Dummy params $id-ref=b", "t:1:26 error crm.no-such-reference"),
        ("primitive a Dummy\nprimitive a Dummy", "t:2:1 error crm.defined-twice"),
        ("primitive a Dummy\ngroup g a\nlocation g g 1: n1", "t:3:1 error crm.defined-twice"),
        ("primitive a Dummy\nprimitive b Dummy\ngroup g a\ngroup h a", "t:4:9 error crm.member"),
        ("primitive a Dummy\ngroup g a\ngroup h g", "t:3:9 error crm.member"),
        ("fencing_topology n1: s", "t:1:22 warning crm.no-such-device"),
        ("delete a", "t:1:8 error crm.no-such-object"),
        ("delete --force a", ""),
        ("rename a b", "t:1:8 error crm.no-such-object"),
        ("modgroup g add a", "t:1:10 error crm.no-such-object"),
        ("set a.b 5", "t:1:5 error crm.no-such-object"),
        ("monitor a 10s", "t:1:9 error crm.no-such-object"),
    ],
)
def test_what_is_named_must_exist(text: str, expected: str) -> None:
    """If this failed, a constraint with a typing mistake would silently do nothing."""
    found = findings(text)
    assert expected in (found or [""])


def test_a_near_name_is_proposed() -> None:
    """If this failed, people would have to compare names by eye."""
    _, reports = crm.apply(cib.Document.parse(EMPTY), crm.read("primitive mystore Dummy\nlocation l mystroe 1: n1"))
    assert [r.expected for r in reports] == ["mystore"]


def test_mistakes_of_reading_and_of_reference_are_reported_together() -> None:
    """If this failed, a file would have to be mended twice."""
    with pytest.raises(ConfigError) as caught:
        load("primitive a Dummy op monitr\ngroup g a b\nlocation l x 1: n1\n")
    found = [(r.place.line, r.code) for r in caught.value.reports]
    assert found == [(1, "crm.operation"), (2, "crm.no-such-resource"), (3, "crm.no-such-resource")]


def test_what_exists_is_not_created_again() -> None:
    """If this failed, `configure primitive` would overwrite a resource by accident."""
    document = load("primitive a Dummy\ngroup g a")
    assert findings("primitive a Dummy", document, crm.Method.CREATE) == ["t:1:11 error crm.exists"]
    assert findings("group a b", document, crm.Method.CREATE) == ["t:1:7 error crm.id-taken"]


def test_warnings_do_not_refuse_a_text() -> None:
    """If this failed, constraints for a node that joins later could not be written."""
    changed, warnings = crm.change(
        cib.Document.parse(EMPTY), crm.read("primitive a Dummy\nlocation l a 1: later"), crm.Method.UPDATE
    )
    assert {w.severity for w in warnings} == {Severity.WARNING}
    assert ids(changed, "constraints/*") == ["l"]


@pytest.mark.parametrize(
    ("text", "resources", "held"),
    [
        ("delete a", ["c", "g"], ["l2", "o2"]),
        ("delete g", ["c", "a", "b"], ["l1", "l2", "o1", "o2"]),
        ("delete a b", ["c"], ["l2"]),
        ("delete c", ["g"], ["l1", "o2"]),
        ("delete l1", ["c", "g"], ["l2", "o1", "o2"]),
        ("erase", [], []),
    ],
)
def test_deleting_takes_what_hangs_on_it(text: str, resources: list[str], held: list[str]) -> None:
    """If this failed, constraints on a deleted resource would make the document invalid."""
    document = load(
        "primitive a Dummy\nprimitive b Dummy\nprimitive c Dummy\ngroup g a b\n"
        "location l1 a 1: n1\nlocation l2 c 1: n1\norder o1 a c\norder o2 a b c\n"
    )
    document = load(text, document)
    assert ids(document, "resources/*") == resources
    assert ids(document, "constraints/*") == held


def test_a_tag_goes_with_its_last_object() -> None:
    """If this failed, an empty tag would make the document invalid."""
    document = load("primitive a Dummy\nprimitive b Dummy\ntag t a b")
    assert ids(load("delete a", document), "tags/tag/obj_ref") == ["b"]
    assert ids(load("delete a b", document), "tags/tag") == []


def test_renaming_takes_the_constraints_along() -> None:
    """If this failed, a renamed resource would lose its constraints."""
    document = load("primitive a Dummy\nlocation l a 1: n1\ntag t a\nrename a z")
    assert ids(document, "resources/*") == ["z"]
    assert [c.get("rsc") for c in document.root.iterfind("configuration/constraints/*")] == ["z"]
    assert ids(document, "tags/tag/obj_ref") == ["z"]


def test_a_group_is_changed_by_its_members() -> None:
    """If this failed, one resource could not be put into a group without writing all its members."""
    text = "primitive a Dummy\nprimitive b Dummy\nprimitive c Dummy\nprimitive d Dummy\ngroup g a b\n"
    document = load(text + "modgroup g add c before b\nmodgroup g add d after a\nmodgroup g remove b")
    assert ids(document, "resources/group/primitive") == ["a", "d", "c"]
    assert ids(document, "resources/*") == ["g", "b"]


def test_one_value_is_set() -> None:
    """If this failed, scripts that use `set` would change nothing."""
    document = load("primitive a Dummy params x=1\nprimitive b Dummy\nset a.x 2\nset b.y 3")
    pairs = document.root.iterfind(".//nvpair")
    assert [(p.get("id"), p.get("value")) for p in pairs] == [
        ("a-instance_attributes-x", "2"),
        ("b-instance_attributes-y", "3"),
    ]


def test_an_operation_is_added() -> None:
    """If this failed, `monitor` lines of old files would be lost."""
    document = load("primitive a Dummy op monitor interval=60m\nmonitor a:Started 60s:30s")
    operations = document.root.iterfind(".//op")
    assert [(o.get("id"), o.get("timeout"), o.get("role")) for o in operations] == [
        ("a-monitor-60m", None, None),
        ("a-monitor-60s", "30s", "Started"),
    ]


def test_elements_know_the_line_they_came_from() -> None:
    """If this failed, what the document's own checks find could not be shown in the text."""
    document = load("primitive a Dummy \\\n params x=1 \\\n op monitor interval=10\n")
    lines = {str(e.tag): e.sourceline for e in document.root.iter("primitive", "nvpair", "op")}
    assert lines == {"primitive": 1, "nvpair": 2, "op": 3}


def test_every_kind_of_statement_in_one_text() -> None:
    """If this failed, some statement of crmsh could not be loaded."""
    document = load((SAMPLES / "everything.crm").read_text())
    document = load((SAMPLES / "references.crm").read_text(), document)
    again = load(crm.render(document), cib.Document.parse(EMPTY))
    assert crm.render(again) == crm.render(document)


def test_a_large_text_is_read_in_reasonable_time() -> None:
    """If this failed, five hundred resources could not be loaded."""
    parts = [f"primitive p{n} Dummy params x={n} op monitor interval=10s\n" for n in range(500)]
    parts += [f"location l{n} p{n} 100: n1\n" for n in range(500)]
    document = load("".join(parts))
    assert len(ids(document, "resources/*")) == 500
    assert len(ids(document, "constraints/*")) == 500


def test_what_the_documents_own_checks_find_has_the_texts_line() -> None:
    """If this failed, a bad value would be reported without saying where it was written."""
    with pytest.raises(ConfigError) as caught:
        load("primitive a Dummy \\\n  op monitor interval=10x\n")
    errors = [(r.place.line, r.code) for r in caught.value.reports if r.severity == Severity.ERROR]
    assert errors == [(2, "cib.bad-value")]


def test_what_was_wrong_before_does_not_refuse_a_change() -> None:
    """If this failed, one old mistake in the configuration would block every change, also the one that mends it."""
    given = EMPTY.replace("<resources/>", '<resources><primitive id="old" class="ocf" type="NoProvider"/></resources>')
    document = load("primitive a Dummy", cib.Document.parse(given))
    assert ids(document, "resources/*") == ["old", "a"]
