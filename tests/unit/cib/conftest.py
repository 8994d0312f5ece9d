"""One document with some of everything, for the views."""

from __future__ import annotations

import pytest

from standfast import cib

TEXT = """<cib epoch="1" num_updates="0" admin_epoch="0"><configuration>
<crm_config><cluster_property_set id="x"><nvpair id="x1" name="no-quorum-policy" value="freeze"/>
<nvpair id="x2" name="stonith-timeout" value="2min"/><nvpair id="x3" name="batch-limit" value="many"/>
<nvpair id="x4" name="own" value="kept"/></cluster_property_set></crm_config>
<nodes><node id="1" uname="N1"><instance_attributes id="n1"><nvpair id="n1r" name="rack" value="7"/></instance_attributes>
<utilization id="u1"><nvpair id="u1c" name="cpu" value="4"/></utilization></node><node id="r" uname="r" type="remote"/></nodes>
<resources><template id="t" class="ocf" provider="heartbeat" type="Dummy"/>
<group id="g"><primitive id="a" template="t"><operations><op id="a-m" name="monitor" interval="1min" role="Started">
<meta_attributes id="a-mm"><nvpair id="a-mt" name="timeout" value="9s"/></meta_attributes></op></operations></primitive>
<primitive id="b" class="systemd" type="cron"/></group>
<master id="m"><primitive id="c" class="lsb" type="x"/></master></resources>
<constraints><rsc_location id="l" rsc="g" node="N1" score="5"/>
<rsc_colocation id="co" score="INFINITY"><resource_set id="s" sequential="false"><resource_ref id="g"/><resource_ref id="m"/>
</resource_set></rsc_colocation><rsc_order id="o" first="g" then="m" first-action="start"/>
<rsc_ticket id="ti" ticket="T" rsc="m" loss-policy="fence"/></constraints>
<fencing-topology><fencing-level id="f2" index="2" target="n1" devices="d3"/>
<fencing-level id="f1" index="1" target="N1" devices="d1, d2"/><fencing-level id="f3" index="1" target-pattern="^n[0-9]$" devices="d4"/>
<fencing-level id="f4" index="1" target-attribute="rack" target-value="7" devices="d5"/></fencing-topology></configuration>
<status><node_state id="1" uname="N1" in_ccm="true" crmd="online" join="member"><transient_attributes id="1">
<instance_attributes id="status-1"><nvpair id="p" name="pingd" value="100"/></instance_attributes></transient_attributes></node_state>
</status></cib>"""  # noqa: E501


@pytest.fixture(scope="session")
def some_of_everything() -> cib.Document:
    return cib.Document.parse(TEXT)
