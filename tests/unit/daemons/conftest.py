"""A small cluster as text: two nodes, a web server that runs on the first."""

from __future__ import annotations

import pytest

NOW_S = 1_700_000_000
CIB = """<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="3" num_updates="0" admin_epoch="0"
 have-quorum="1"><configuration>
 <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set>
 </crm_config><nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes>
 <resources>{resources}</resources>
 <constraints><rsc_location id="l" rsc="web" node="n1" score="50"/></constraints></configuration>
 <status>{status}</status></cib>"""
WEB = '<primitive id="web" class="ocf" provider="heartbeat" type="Dummy"/>'
STATE = """<node_state id="{id}" uname="n{id}" in_ccm="true" crmd="online" join="member" expected="member">
 <lrm id="{id}"><lrm_resources><lrm_resource id="web" class="ocf" provider="heartbeat" type="Dummy">
 <lrm_rsc_op id="web_last_0" operation_key="web_{task}_0" operation="{task}" crm_feature_set="3.16.1"
 transition-key="{key}" transition-magic="0:{rc};{key}" call-id="5" rc-code="{rc}" op-status="0" interval="0"
 last-rc-change="1600000000"
 op-digest="f2317cad3d54cec5d7d7aa7d0bf35cf8"/></lrm_resource></lrm_resources></lrm></node_state>"""


def state(number: int, task: str, rc: int) -> str:
    """Return a node's status."""
    return STATE.format(id=number, task=task, rc=rc, key=f"3:1:{rc}:00000000-0000-4000-8000-000000000000")


@pytest.fixture
def document() -> bytes:
    """The web server runs on n1, where it prefers to be."""
    status = state(1, "start", 0) + state(2, "monitor", 7)
    return CIB.format(resources=WEB, status=status).encode()


@pytest.fixture
def large_document() -> bytes:
    """Five hundred resources that have to be probed and started."""
    several = "".join(f'<primitive id="r{i}" class="ocf" provider="heartbeat" type="Dummy"/>' for i in range(500))
    states = "".join(
        f'<node_state id="{i}" uname="n{i}" in_ccm="true" crmd="online" join="member" expected="member"/>'
        for i in (1, 2)
    )
    return CIB.format(resources=WEB + several, status=states).encode()


@pytest.fixture
def now_s() -> int:
    """The moment of all stories."""
    return NOW_S
