"""What fencing machines are told of the configuration."""

from __future__ import annotations

import pytest

from standfast import cib
from standfast.controller import fencing_facts, messages, properties
from standfast.controller.replica import Member, Replica

DEVICES = (
    (
        '<template id="t" class="stonith" type="fence_lab"><instance_attributes id="t-a">'
        '<nvpair id="t-i" name="ip" value="192.0.2.1"/></instance_attributes></template>'
    ),
    (
        '<primitive id="d1" template="t"><instance_attributes id="d1-a">'
        '<nvpair id="d1-l" name="pcmk_host_list" value="n1"/></instance_attributes>'
        '<meta_attributes id="d1-m"><nvpair id="d1-p" name="priority" value="10"/></meta_attributes></primitive>'
    ),
    (
        '<primitive id="off" class="stonith" type="fence_x"><meta_attributes id="off-m">'
        '<nvpair id="off-r" name="target-role" value="Stopped"/></meta_attributes></primitive>'
    ),
    '<clone id="c"><primitive id="d2" class="stonith" type="fence_y"/></clone>',
)


@pytest.fixture
def replica(words: type) -> Replica:
    document: cib.Document = words.document(*DEVICES, stonith_action="off", stonith_timeout="90s")
    for text in (
        '<rsc_location id="l1" rsc="d1" node="n1" score="-INFINITY"/>',
        '<rsc_location id="l2" rsc="d1" node="n3" score="50"/>',
    ):
        document.section("constraints").append(cib.Document.parse(text).root)
    topology = document.section("fencing-topology")
    for text in (
        '<fencing-level id="f1" target="n1" index="1" devices="d1,d2"/>',
        '<fencing-level id="f2" target-attribute="rack" target-value="7" index="2" devices="d2"/>',
        '<fencing-level id="bad" target="n1" index="x" devices="d1"/>',
    ):
        topology.append(cib.Document.parse(text).root)
    return Replica(document, members={1: Member(1, "n1", messages.Incarnation(), 1)})


def test_devices_are_read_with_their_templates_and_states(replica: Replica) -> None:
    """A device would be called without its address, or though an operator switched it off."""
    facts = fencing_facts.configured(replica, properties.read(replica.document))
    assert [(d.id, d.agent, dict(d.parameters), d.priority) for d in facts.devices] == [
        ("d1", "fence_lab", {"ip": "192.0.2.1", "pcmk_host_list": "n1"}, 10),
        ("d2", "fence_y", {}, 0),
    ]
    assert (facts.action, facts.timeout_ms) == ("off", 90_000)


def test_topology_is_read(replica: Replica) -> None:
    """A node with two power supplies would be declared off after the first one."""
    levels = fencing_facts.configured(replica, properties.DEFAULT).levels
    assert [(f.index, f.devices, f.target, f.target_attribute, f.target_value) for f in levels] == [
        (1, ("d1", "d2"), "n1", "", ""),
        (2, ("d2",), "", "rack", "7"),
    ]


def test_banned_devices_say_where_they_may_be_used(replica: Replica) -> None:
    """A device would be called from the node that it is to switch off."""
    assert fencing_facts.configured(replica, properties.DEFAULT).usable == {"d1": ("n3", "n2")}


def test_without_fencing_there_are_no_devices(words: type) -> None:
    """stonith-enabled=false would still shoot nodes."""
    document = words.document(*DEVICES, stonith_enabled="false")
    replica = Replica(document)
    assert fencing_facts.configured(replica, properties.read(document)).devices == ()


def test_membership_names_the_coordinator(replica: Replica) -> None:
    """No fencing machine would know who decides."""
    told = fencing_facts.membership(replica, may_fence=False)
    assert (told.members, told.coordinator, told.may_fence) == (frozenset({"n1"}), "n1", False)
