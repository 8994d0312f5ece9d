"""Our checks beside Pacemaker's RELAX NG schemas, on valid documents and on mutants of them."""

from __future__ import annotations

import copy
import random
from pathlib import Path

import pytest
from lxml import etree

from standfast import cib
from standfast.cib import checks
from standfast.errors import Severity

SCHEMA = Path("/usr/share/pacemaker/pacemaker-3.9.rng")

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not SCHEMA.exists(), reason="Pacemaker's schemas are not installed"),
]

TEXT = """<cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0" crm_feature_set="3.16.1"><configuration>
<crm_config><cluster_property_set id="p"><nvpair id="p1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
<nodes><node id="1" uname="n1"><instance_attributes id="na"><nvpair id="na1" name="standby" value="on"/></instance_attributes></node>
</nodes><resources><template id="t" class="ocf" provider="heartbeat" type="Dummy"/><primitive id="a" template="t">
<meta_attributes id="am" score="5"><rule id="ar" boolean-op="or"><date_expression id="ad" operation="gt" start="2020-01-01"/>
</rule><nvpair id="am1" name="priority" value="1"/></meta_attributes><operations><op id="ao" name="monitor" interval="10s"
timeout="20s" on-fail="restart" role="Started"/></operations></primitive><group id="g"><primitive id="b" class="lsb" type="x"/></group>
<clone id="c"><meta_attributes id="cm"><nvpair id="cm1" name="promotable" value="true"/></meta_attributes>
<primitive id="d" class="systemd" type="y"/></clone><bundle id="k"><podman image="i" replicas="2"/><network ip-range-start="1.2.3.4">
<port-mapping id="km" port="80"/></network><storage><storage-mapping id="ks" source-dir="/a" target-dir="/b"/></storage></bundle>
</resources><constraints><rsc_location id="l" rsc="a" node="n1" score="INFINITY"/><rsc_location id="m" rsc="g"><rule id="mr"
score="1"><expression id="me" attribute="#uname" operation="eq" value="n1"/></rule></rsc_location>
<rsc_order id="o" first="a" then="g" kind="Optional"/><rsc_colocation id="co" score="1"><resource_set id="s" sequential="false">
<resource_ref id="a"/><resource_ref id="c"/></resource_set></rsc_colocation><rsc_ticket id="ti" ticket="T" rsc="a"
loss-policy="stop"/></constraints><fencing-topology><fencing-level id="f" target="n1" index="1" devices="a,b"/></fencing-topology>
<tags><tag id="tag"><obj_ref id="a"/></tag></tags><alerts><alert id="al" path="/x"><recipient id="re" value="me"/></alert></alerts>
</configuration><status/></cib>"""  # noqa: E501

TOLERATED = 0.06
"""Where we differ on purpose: missing sections and values are taken, roles and blanks in ids looked at more closely."""


def mutant(root: etree._Element, choose: random.Random) -> etree._Element:
    """Return a copy with one thing changed."""
    made = copy.deepcopy(root)
    elements = [e for e in made.find("configuration").iter() if e.tag != "configuration"]  # type: ignore[union-attr]
    element = choose.choice(elements)
    match choose.choice(("unset", "set", "rename", "remove", "double", "add")):
        case "unset" if element.attrib:
            del element.attrib[choose.choice(list(element.attrib))]
        case "set" if element.attrib:
            element.set(choose.choice(list(element.attrib)), choose.choice(("zzz", "1", "true", "")))
        case "rename":
            element.tag = choose.choice(elements).tag
        case "remove":
            element.getparent().remove(element)
        case "double":
            element.addnext(copy.deepcopy(element))
        case _:
            element.set(choose.choice(("score", "id-ref", "foo", "role", "rsc")), "1")
    return made


def valid(document: cib.Document) -> bool:
    return not any(r.severity is Severity.ERROR for r in checks.verify(document))


def test_we_agree_with_the_schema_on_mutants() -> None:
    """Pacemaker's tools would refuse what we take, or we what they take."""
    schema = etree.RelaxNG(etree.parse(str(SCHEMA)))
    root = cib.Document.parse(TEXT).root
    assert schema.validate(etree.fromstring(etree.tostring(root)).getroottree()), schema.error_log
    assert valid(cib.Document.parse(TEXT))
    choose = random.Random(7)
    differ = []
    for _ in range(1500):
        data = etree.tostring(mutant(root, choose))
        theirs = schema.validate(etree.fromstring(data).getroottree())
        if theirs != valid(cib.Document.parse(data)):
            differ.append((theirs, data))
    assert len(differ) < 1500 * TOLERATED
