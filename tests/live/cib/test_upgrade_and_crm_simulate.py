"""An old configuration and its upgrade, scheduled by Pacemaker: the same must come out."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from standfast import cib

CRM_SIMULATE = shutil.which("crm_simulate")

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(CRM_SIMULATE is None, reason="crm_simulate (pacemaker-cli-utils) is not installed"),
]

NODE = """<node_state id="{0}" uname="n{0}" in_ccm="true" crmd="online" join="member" expected="member"
crm-debug-origin="test"><lrm id="{0}"><lrm_resources/></lrm></node_state>"""

TEXT = """<cib validate-with="pacemaker-{schema}" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1" dc-uuid="1">
<configuration><crm_config><cluster_property_set id="p">{properties}</cluster_property_set></crm_config>
<nodes><node id="1" uname="n1" type="{node}"/><node id="2" uname="n2" type="{node}"/></nodes>
<resources><primitive id="a" class="ocf" provider="heartbeat" type="Dummy"><operations>
<op id="am" name="monitor" interval="10s">{timeout}</op></operations></primitive>
<master id="m"><meta_attributes id="mm"><nvpair id="mm1" name="master-max" value="1"/></meta_attributes>
<primitive id="s" class="ocf" provider="pacemaker" type="Stateful"/></master></resources>
<constraints><rsc_location id="l" rsc="a" node="n2" score="50"><lifetime>
<rule id="lr" score="0"><date_expression id="ld" operation="gt" start="2020-01-01"/></rule></lifetime></rsc_location>
<rsc_location id="k" rsc="m"><rule id="kr" role="Master" score="100"><expression id="ke" attribute="#uname" operation="eq"
value="n2"/></rule><rule id="ks" role="Master" score="10"><expression id="kf" attribute="#uname" operation="eq" value="n1"/>
</rule></rsc_location></constraints></configuration><status>{status}</status></cib>"""  # noqa: E501

OLD = ('<nvpair id="p1" name="stonith_enabled" value="false"/><nvpair id="p2" name="no_quorum_policy" value="ignore"/>'
       '<nvpair id="p3" name="default-resource-stickiness" value="7"/>'
       '<nvpair id="p4" name="default_action_timeout" value="44s"/>')  # fmt: skip
TIMEOUT = '<{0} id="ai"><nvpair id="ai1" name="timeout" value="33s"/></{0}>'
NEWER = '<nvpair id="p1" name="stonith-enabled" value="false"/>'


def simulated(tmp_path: Path, document: cib.Document, name: str) -> tuple[str, str]:
    """Return the summary with the scores, and the graph."""
    file, graph = tmp_path / f"{name}.xml", tmp_path / f"{name}.exp"
    file.write_bytes(document.render())
    command = [str(CRM_SIMULATE), "-x", str(file), "-sS", "-G", str(graph), "-t", "2026-01-01 00:00:00Z"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=os.environ | {"TZ": "UTC"}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, graph.read_text()


@pytest.mark.parametrize(
    ("schema", "properties", "node"), [("1.2", OLD, "normal"), ("2.5", OLD, "member"), ("3.0", NEWER, "member")]
)
def test_the_upgraded_configuration_means_the_same(tmp_path: Path, schema: str, properties: str, node: str) -> None:
    """After an upgrade resources would move, or lose their time-outs and roles."""
    status = NODE.format(1) + NODE.format(2)
    timeout = TIMEOUT.format("meta_attributes" if schema == "3.0" else "instance_attributes")
    text = TEXT.format(schema=schema, properties=properties, node=node, status=status, timeout=timeout)
    old = cib.Document.parse(text)
    new, _ = cib.upgrade.upgrade(old)
    assert [r for r in cib.verify(new) if r.severity == "error"] == []
    new.root.set("validate-with", "pacemaker-3.9")
    summary, graph = simulated(tmp_path, old, "old")
    assert (summary, graph) == simulated(tmp_path, new, "new")
    assert "Promote" in summary
    assert "33000" in graph
