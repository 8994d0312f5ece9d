"""crm_mon's text and XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from standfast import cib
from standfast.dialects import crm_mon
from standfast.scheduler import Failure, InstanceState, NodeState, Role, State

SAMPLE = Path(__file__).parent / "samples" / "web.xml"
TEXT = Path(__file__).parent / "samples" / "web.txt"
DUMMY = "ocf:pacemaker:Dummy"
STATEFUL = "ocf:pacemaker:Stateful"
WEB = (("group", "web"),)
CLONE = (("clone", "c"),)

VIEW = crm_mon.View(
    now_s=1700000100,
    version="2.1.5",
    fencing=(
        crm_mon.FenceEvent("success", "reboot", "n3", "standfastd", "n1", "n1", 1700000050),
        crm_mon.FenceEvent("failed", "reboot", "n4", "standfastd", "n1", "n2", 1700000060, "No such device"),
        crm_mon.FenceEvent("pending", "off", "n4", "admin", "n1"),
    ),
)
STATE = State(
    nodes=(
        NodeState("1", "n1", online=True, is_dc=True),
        NodeState("2", "n2", online=True, standby=True),
        NodeState("3", "n3", online=False, unclean=True),
        NodeState("10", "n10", online=False),
        NodeState("4", "n4", online=True, maintenance=True),
        NodeState("r1", "r1", online=True, kind="remote"),
    ),
    instances=(
        InstanceState("vip", "ocf:heartbeat:IPaddr2", Role.STARTED, ("n1",), parents=WEB),
        InstanceState("app", "lsb:app", Role.STARTED, ("n1",), failed=True, parents=WEB),
        InstanceState("s:0", STATEFUL, Role.PROMOTED, ("n1",), parents=CLONE),
        InstanceState("s:1", STATEFUL, Role.UNPROMOTED, ("n4",), parents=CLONE),
        InstanceState("s:2", STATEFUL, Role.UNPROMOTED, ("n2",), parents=CLONE),
        InstanceState("s:3", STATEFUL, Role.STOPPED, (), parents=CLONE),
        InstanceState("fence", "stonith:fence_lab", Role.STARTED, ("n2",), managed=False),
        InstanceState("off", DUMMY, Role.STOPPED, (), target_role="Stopped"),
        InstanceState("twice", DUMMY, Role.STARTED, ("n1", "n2"), blocked=True),
        InstanceState("old", DUMMY, Role.STARTED, ("n1",), orphaned=True),
        InstanceState("busy", DUMMY, Role.STARTED, ("n1",), pending="Monitoring"),
    ),
    failures=(
        Failure("app_monitor_10000", "n1", 7, "complete", "", 12, 1700000000, 30, 10000, "monitor"),
        Failure("old_start_0", "n2", 1, "Timed Out", "it hung", 13, 1700000000, 90009, 0, "start"),
    ),
    quorate=True,
    dc="n1",
    disabled_instances=1,
    blocked_instances=1,
)


@pytest.fixture
def document() -> cib.Document:
    return cib.Document.parse(SAMPLE.read_bytes())


def test_text_is_crm_mons(document: cib.Document) -> None:
    """If this failed, people and scripts that read crm_mon's screen would not find what they look for."""
    assert crm_mon.text(STATE, document, VIEW) == TEXT.read_text()


def test_local_times_are_shown_in_the_zone_of_the_reader(document: cib.Document) -> None:
    """If this failed, times of failures would be hours off."""
    text = crm_mon.text(STATE, document, replace(VIEW, offset_s=-9000))
    assert "Last updated: Tue Nov 14 19:45:00 2023" in text
    xml = crm_mon.xml(STATE, document, replace(VIEW, offset_s=-9000))
    assert 'last-rc-change="2023-11-14 19:43:20 -02:30"' in xml


def test_xml_can_be_read_as_the_measuring_programs_read_it(document: cib.Document) -> None:
    """If this failed, agents and benchmarks that parse crm_mon's XML would see no cluster."""
    root = ET.fromstring(crm_mon.xml(STATE, document, VIEW))
    dc = root.find(".//current_dc")
    assert dc is not None
    assert (dc.get("name"), dc.get("with_quorum")) == ("n1", "true")
    nodes = root.findall(".//nodes/node")
    usable = {
        n.get("name")
        for n in nodes
        if n.get("online") == "true" and n.get("unclean") != "true" and n.get("standby") != "true"
    }
    assert usable == {"n1", "n4", "r1"}
    found = [(r.get("id"), r.find("node")) for r in root.iter("resource") if r.get("role") == "Started"]
    where = {name: node.get("name") for name, node in found if node is not None}
    assert where["vip"] == "n1"
    assert where["fence"] == "n2"
    assert {(f.get("op_key"), f.get("node")) for f in root.iter("failure")} == {
        ("app_monitor_10000", "n1"),
        ("old_start_0", "n2"),
    }
    assert {e.get("target"): e.get("status") for e in root.iter("fence_event")} == {"n3": "success", "n4": "pending"}
    status = root.find("status")
    assert status is not None
    assert status.get("code") == "0"


def test_instances_of_anonymous_clones_have_no_number(document: cib.Document) -> None:
    """If this failed, scripts would not find the clone's resource by its name."""
    root = ET.fromstring(crm_mon.xml(STATE, document, VIEW))
    clone = root.find(".//clone")
    assert clone is not None
    assert [r.get("id") for r in clone.iter("resource")] == ["s", "s", "s", "s"]
    assert clone.get("multi_state") == "true"


def test_history_and_attributes_are_there(document: cib.Document) -> None:
    """If this failed, `crm_mon --output-as=xml` could not be used to see what ran when."""
    root = ET.fromstring(crm_mon.xml(STATE, document, VIEW))
    operations = [(r.get("id"), o.get("task"), o.get("rc_text")) for r in root.iter("resource_history") for o in r]
    assert operations == [("vip", "start", "ok"), ("vip", "monitor", "ok")]
    assert [(a.get("name"), a.get("value")) for a in root.iter("attribute")] == [("pingd", "100")]
    assert [b.get("weight") for b in root.iter("ban")] == ["-1000000"]


def test_an_empty_cluster_is_shown() -> None:
    """If this failed, status would crash before the first configuration."""
    document = cib.Document.parse("<cib><configuration><crm_config/><nodes/><resources/></configuration></cib>")
    text = crm_mon.text(State(), document, VIEW)
    assert "Current DC: NONE" in text
    assert "  * No resources" in text
    assert "0 nodes configured" in text
    assert ET.fromstring(crm_mon.xml(State(), document, VIEW)).find(".//current_dc[@present='false']") is not None


def test_maintenance_mode_is_said_loudly() -> None:
    """If this failed, an operator would wait for a recovery that nobody will start."""
    document = cib.Document.parse(
        '<cib><configuration><crm_config><cluster_property_set id="o"><nvpair id="m" name="maintenance-mode" '
        'value="true"/></cluster_property_set></crm_config></configuration></cib>'
    )
    assert "*** Resource management is DISABLED ***" in crm_mon.text(State(), document, VIEW)


def test_groups_in_clones_and_bundles_are_shown_whole() -> None:
    """If this failed, parts of a cloned group that do not run could not be seen."""
    document = cib.Document.parse(
        '<cib><configuration><resources><clone id="c"><group id="g"><primitive id="a" class="ocf" provider="pacemaker" '
        'type="Dummy"/><primitive id="b" class="ocf" provider="pacemaker" type="Dummy"/></group></clone>'
        '<bundle id="w"><podman image="web:1" replicas="1"/></bundle></resources></configuration></cib>'
    )
    one, two = (("clone", "c"), ("group", "g:0")), (("clone", "c"), ("group", "g:1"))
    state = State(
        nodes=(NodeState("1", "n1", online=True), NodeState("2", "n2", online=True)),
        instances=(
            InstanceState("a:0", DUMMY, Role.STARTED, ("n1",), parents=one),
            InstanceState("b:0", DUMMY, Role.STARTED, ("n1",), parents=one),
            InstanceState("a:1", DUMMY, Role.STARTED, ("n2",), parents=two),
            InstanceState("b:1", DUMMY, Role.STOPPED, (), parents=two),
            InstanceState("w-podman-0", "ocf:heartbeat:podman", Role.STARTED, ("n1",), parents=(("bundle", "w"),)),
        ),
    )
    text = crm_mon.text(state, document, VIEW)
    assert text.split("Full List of Resources:\n")[1].split("\n\n")[0] == (
        "  * Clone Set: c [g]:\n"
        "    * Resource Group: g:1:\n"
        f"      * a\t({DUMMY}):\t Started n2\n"
        f"      * b\t({DUMMY}):\t Stopped\n"
        "    * Started: [ n1 ]\n"
        "  * Container bundle set: w [web:1]:\n"
        "    * w-podman-0\t(ocf:heartbeat:podman):\t Started n1"
    )
    root = ET.fromstring(crm_mon.xml(state, document, VIEW))
    assert [g.get("id") for g in root.iter("group")] == ["g:0", "g:1"]
    assert [(b.get("image"), b.get("type")) for b in root.iter("bundle")] == [("web:1", "podman")]
