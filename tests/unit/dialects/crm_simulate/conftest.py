"""A cluster of two nodes with one resource."""

from __future__ import annotations

import pytest

from standfast import cib

UP = 'in_ccm="true" crmd="online" join="member" expected="member"'
TEXT = f"""<cib crm_feature_set="{cib.FEATURE_SET}" validate-with="{cib.SCHEMA}"
 epoch="1" num_updates="0" admin_epoch="0" have-quorum="1"
 dc-uuid="1"><configuration><crm_config><cluster_property_set id="{cib.BOOTSTRAP_OPTIONS}">
<nvpair id="f" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
<nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes>
<resources><primitive id="a" class="ocf" provider="pacemaker" type="Dummy"><operations>
<op id="m" name="monitor" interval="10s"/></operations></primitive></resources>
<constraints/></configuration>
<status><node_state id="1" uname="n1" {UP}><lrm id="1"><lrm_resources/></lrm></node_state>
<node_state id="2" uname="n2" {UP}><lrm id="2"><lrm_resources/></lrm></node_state></status></cib>"""


@pytest.fixture
def document() -> cib.Document:
    return cib.Document.parse(TEXT)
