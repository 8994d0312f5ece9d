"""Devices and topology read from a CIB."""

from __future__ import annotations

from standfast import cib, fencing
from standfast.fencing import reading

TEXT = """<cib><configuration>
<crm_config><cluster_property_set id="cib-bootstrap-options">
 <nvpair id="a" name="stonith-timeout" value="2min"/><nvpair id="b" name="stonith-action" value="off"/>
</cluster_property_set></crm_config>
<nodes><node id="1" uname="n1"><instance_attributes id="i"><nvpair id="r" name="rack" value="1"/>
 </instance_attributes></node><node id="2" uname="n2"/></nodes>
<resources>
 <template id="t" class="stonith" type="fence_lab"><instance_attributes id="ti">
  <nvpair id="tn" name="socket" value="/s"/></instance_attributes></template>
 <primitive id="f1" template="t"><instance_attributes id="fi"><nvpair id="fn" name="pcmk_host_list" value="n1"/>
  <nvpair id="fp" name="priority" value="5"/></instance_attributes></primitive>
 <clone id="c"><meta_attributes id="cm"><nvpair id="cr" name="target-role" value="Stopped"/></meta_attributes>
  <primitive id="f2" class="stonith" type="fence_x"/></clone>
 <primitive id="web" class="ocf" provider="heartbeat" type="apache"/>
 <primitive id="f3" class="stonith" type="fence_ipmilan"/>
</resources><constraints/>
<fencing-topology>
 <fencing-level id="l1" target="n1" index="1" devices="f1, f3"/>
 <fencing-level id="l2" target-pattern="n.*" index="2" devices="f3"/>
 <fencing-level id="l3" target-attribute="rack" target-value="1" index="1" devices="f3"/>
 <fencing-level id="l4" index="1" devices="f3"/>
</fencing-topology></configuration>
<status><node_state id="1" uname="n1"><transient_attributes id="1"><instance_attributes id="s">
 <nvpair id="sn" name="rack" value="2"/></instance_attributes></transient_attributes></node_state></status></cib>"""


def test_devices_and_levels_are_read() -> None:
    """A device of a template or a level of the topology would be missing when a node is lost."""
    document = cib.Document.parse(TEXT)
    assert reading.devices(document) == (
        fencing.Device("f1", "fence_lab", {"pcmk_host_list": "n1", "priority": "5", "socket": "/s"}, 5),
        fencing.Device("f3", "fence_ipmilan"),
    )
    assert reading.levels(document) == (
        fencing.Level(1, ("f1", "f3"), target="n1"),
        fencing.Level(2, ("f3",), target_pattern="n.*"),
        fencing.Level(1, ("f3",), target_attribute="rack", target_value="1"),
    )


def test_transient_attributes_count_over_lasting_ones() -> None:
    """A level by attribute would be chosen by what the node said before its last boot."""
    assert reading.attributes(cib.Document.parse(TEXT)) == {"n1": {"rack": "2"}, "n2": {}}


def test_an_empty_document_has_nothing() -> None:
    """A new cluster's daemon would end at its first look for devices."""
    document = cib.Document.parse("<cib><configuration/></cib>")
    assert (reading.devices(document), reading.levels(document), reading.attributes(document)) == ((), (), {})
