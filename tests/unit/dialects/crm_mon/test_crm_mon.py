"""crm_mon's text and XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest

from standfast import cib, scheduler
from standfast.dialects import crm_mon
from standfast.scheduler import ReplicaState, ResourceState, State

SAMPLES = Path(__file__).parent / "samples"
NOW_S = 1700000100
VIEW = crm_mon.View(
    now_s=NOW_S,
    version="2.1.5",
    fencing=(
        crm_mon.FenceEvent("success", "reboot", "n3", "standfastd", "n1", "n1", 1700000050),
        crm_mon.FenceEvent("failed", "reboot", "n10", "standfastd", "n1", "n2", 1700000060, "No such device"),
        crm_mon.FenceEvent("pending", "off", "n10", "admin", "n1"),
    ),
)


@pytest.fixture(scope="module")
def document() -> cib.Document:
    return cib.Document.parse((SAMPLES / "web.xml").read_bytes())


@pytest.fixture(scope="module")
def state(document: cib.Document) -> State:
    return scheduler.state(document, NOW_S)


def test_text_is_crm_mons(document: cib.Document, state: State) -> None:
    """If this failed, people and scripts that read crm_mon's screen would not find what they look for."""
    assert crm_mon.text(state, document, VIEW) == (SAMPLES / "web.txt").read_text()


def test_local_times_are_shown_in_the_zone_of_the_reader(document: cib.Document, state: State) -> None:
    """If this failed, times of failures would be hours off."""
    text = crm_mon.text(state, document, msgspec.structs.replace(VIEW, offset_s=-9000))
    assert "Last updated: Tue Nov 14 19:45:00 2023" in text
    xml = crm_mon.xml(state, document, msgspec.structs.replace(VIEW, offset_s=-9000))
    assert 'last-rc-change="2023-11-14 19:43:20 -02:30"' in xml


def test_xml_can_be_read_as_the_measuring_programs_read_it(document: cib.Document, state: State) -> None:
    """If this failed, agents and benchmarks that parse crm_mon's XML would see no cluster."""
    root = ET.fromstring(crm_mon.xml(state, document, VIEW))
    dc = root.find(".//current_dc")
    assert dc is not None
    assert (dc.get("name"), dc.get("with_quorum")) == ("n1", "true")
    nodes = root.findall(".//nodes/node")
    usable = {
        n.get("name")
        for n in nodes
        if n.get("online") == "true" and n.get("unclean") != "true" and n.get("standby") != "true"
    }
    assert usable == {"n1", "n4"}
    found = [(r.get("id"), r.find("node")) for r in root.iter("resource") if r.get("role") == "Started"]
    where = {name: node.get("name") for name, node in found if node is not None}
    assert where["vip"] == "n1"
    assert where["fence"] == "n2"
    assert {(f.get("op_key"), f.get("node")) for f in root.iter("failure")} == {
        ("app_monitor_10000", "n1"),
        ("busy_start_0", "n2"),
    }
    assert {e.get("target"): e.get("status") for e in root.iter("fence_event")} == {"n3": "success", "n10": "pending"}
    status = root.find("status")
    assert status is not None
    assert status.get("code") == "0"


def test_instances_of_anonymous_clones_have_no_number(document: cib.Document, state: State) -> None:
    """If this failed, scripts would not find the clone's resource by its name."""
    root = ET.fromstring(crm_mon.xml(state, document, VIEW))
    clone = root.find(".//clone")
    assert clone is not None
    assert [r.get("id") for r in clone.iter("resource")] == ["s", "s", "s", "s", "s"]
    assert clone.get("multi_state") == "true"


def test_history_and_attributes_are_there(document: cib.Document, state: State) -> None:
    """If this failed, `crm_mon --output-as=xml` could not be used to see what ran when."""
    root = ET.fromstring(crm_mon.xml(state, document, VIEW))
    operations = [(r.get("id"), o.get("task"), o.get("rc_text")) for r in root.iter("resource_history") for o in r]
    assert operations[:4] == [
        ("vip", "start", "ok"),
        ("vip", "monitor", "ok"),
        ("app", "start", "ok"),
        ("app", "monitor", "not running"),
    ]
    history = {r.get("id"): r for r in root.iter("resource_history")}
    assert (history["app"].get("fail-count"), history["twice"].get("migration-threshold")) == ("2", "3")
    assert history["app"].get("last-failure") == "Tue Nov 14 22:13:20 2023"
    assert [(a.get("name"), a.get("value")) for a in root.iter("attribute")] == [("pingd", "100"), ("rack", "7")]
    assert [b.get("weight") for b in root.iter("ban")] == ["-1000000"]


def test_an_empty_cluster_is_shown() -> None:
    """If this failed, status would crash before the first configuration."""
    document = cib.Document.parse("<cib><configuration><crm_config/><nodes/><resources/></configuration></cib>")
    text = crm_mon.text(State(), document, VIEW)
    assert "Current DC: NONE" in text
    assert "  * No resources" in text
    assert "0 nodes configured" in text
    assert ET.fromstring(crm_mon.xml(State(), document, VIEW)).find(".//current_dc[@present='false']") is not None


def test_maintenance_mode_is_said_loudly(document: cib.Document) -> None:
    """If this failed, an operator would wait for a recovery that nobody will start."""
    text = crm_mon.text(State(maintenance_mode=True), document, VIEW)
    assert "*** Resource management is DISABLED ***" in text


def test_groups_in_clones_are_shown_whole(document: cib.Document, state: State) -> None:
    """If this failed, parts of a cloned group that do not run could not be seen."""
    text = crm_mon.text(state, document, VIEW)
    assert "    * Resource Group: g:1:\n      * a\t(ocf:pacemaker:Dummy):\t Started n4\n" in text
    root = ET.fromstring(crm_mon.xml(state, document, VIEW))
    assert [g.get("id") for g in root.iter("group")][:3] == ["web", "g:0", "g:1"]


def test_bundles_are_shown_with_their_replicas() -> None:
    """If this failed, containers would be invisible."""
    container = ResourceState(
        "primitive", "w-podman-0", "w-podman-0", "ocf:heartbeat:podman", nodes=("n1",), active=True
    )
    bundle = ResourceState("bundle", "w", "w", replicas=(ReplicaState(container),), image="web:1")
    document = cib.Document.parse("<cib><configuration><resources/></configuration></cib>")
    root = ET.fromstring(crm_mon.xml(State(resources=(bundle,)), document, VIEW))
    assert [(b.get("image"), b.get("type")) for b in root.iter("bundle")] == [("web:1", "podman")]
    assert [r.get("id") for r in root.iter("resource")] == ["w-podman-0"]
