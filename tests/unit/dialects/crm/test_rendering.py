"""Rendering, and what was rendered read again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from standfast import cib
from standfast.dialects import crm

EMPTY = "<cib><configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>"
DEFAULTS = (("sequential", "true"), ("require-all", "true"))
AGENTS = (
    ("ocf", "heartbeat", "IPaddr2"),
    ("ocf", "pacemaker", "Dummy"),
    ("ocf", "pacemaker", "ping"),
    ("ocf", "heartbeat", "ping"),
    ("lsb", "", "nginx"),
    ("systemd", "", "nginx@a-b.c"),
    ("stonith", "", "fence_lab"),
)


def canonical(element: etree._Element) -> Any:
    """Return what an element says: ids of parts are left out, those of objects are not."""
    named = ("primitive", "template", "group", "clone", "tag", "node", "acl_role", "acl_target", "alert")
    keep_id = element.tag in (*named, "resource_ref", "obj_ref", "role", "cluster_property_set") or str(
        element.tag
    ).startswith("rsc_")
    attributes = {k: v for k, v in element.attrib.items() if k != "id" or keep_id}
    if element.tag == "resource_set":  # what is true by default may be left out
        attributes = {k: v for k, v in attributes.items() if (k, v) not in DEFAULTS}
    children = tuple(canonical(c) for c in element if isinstance(c.tag, str))
    return (element.tag, tuple(sorted(attributes.items())), children)


def sections(document: cib.Document) -> dict[str, Any]:
    configuration = document.root.find("configuration")
    assert configuration is not None
    return {str(s.tag): tuple(canonical(c) for c in s) for s in configuration if len(s)}


_texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn")), min_size=0, max_size=12)
_values = st.one_of(
    _texts, st.sampled_from(["100", "a b", 'say "hi"', "back\\slash", "it's", "#x", "10s", "", "a=b", "\n"])
)
_names = st.sampled_from(["ip", "nic", "target-role", "OCF_CHECK_LEVEL", "cidr_netmask", "param", "metA", "op", "x:y"])
_scores = st.sampled_from(["0", "100", "-5", "INFINITY", "-INFINITY"])
_roles = st.sampled_from(["Started", "Stopped", "Promoted", "Unpromoted", "Master", "Slave"])


class _Ids:
    """Gives ids that are not used yet."""

    def __init__(self) -> None:
        self.count = 0

    def part(self) -> str:
        self.count += 1
        return f"part-{self.count}"


@st.composite
def rules(draw: st.DrawFn, ids: _Ids) -> etree._Element:
    rule = etree.Element("rule", id=ids.part())
    if draw(st.booleans()):
        rule.set("role", draw(_roles))
    if draw(st.booleans()):
        rule.set("score", draw(_scores))
    else:
        rule.set("score-attribute", "pingd")
    if draw(st.booleans()):
        rule.set("boolean-op", "or")
    for _ in range(draw(st.integers(1 + ("boolean-op" in rule.attrib), 3))):
        rule.append(draw(expressions(ids)))
    return rule


@st.composite
def expressions(draw: st.DrawFn, ids: _Ids) -> etree._Element:
    kind = draw(st.sampled_from(["unary", "binary", "before", "in", "spec", "nested"]))
    if kind == "unary":
        operation = draw(st.sampled_from(["defined", "not_defined"]))
        return etree.Element("expression", id=ids.part(), operation=operation, attribute="#uname")
    if kind == "binary":
        made = etree.Element("expression", id=ids.part(), attribute="pingd", operation="lte", value=draw(_values))
        if draw(st.booleans()):
            made.set("type", draw(st.sampled_from(["number", "string", "version"])))
        if draw(st.booleans()):
            made.set("value-source", draw(st.sampled_from(["literal", "param", "meta"])))
        return made
    if kind == "nested":  # what the language cannot say
        made = etree.Element("rule", {"id": ids.part(), "boolean-op": "or"})
        etree.SubElement(made, "expression", id=ids.part(), operation="defined", attribute="a")
        return made
    made = etree.Element("date_expression", id=ids.part())
    if kind == "before":
        made.set("operation", "lt")
        made.set("end", "2026-12-01 10:00:00")
    elif kind == "in":
        made.set("operation", "in_range")
        made.set("start", "2026-12-01")
        etree.SubElement(made, "duration", id=ids.part(), hours="5", months=draw(st.sampled_from(["1", "1-3"])))
    else:
        made.set("operation", "date_spec")
        etree.SubElement(made, "date_spec", id=ids.part(), hours="9-16", weekdays="1-5")
    return made


@st.composite
def lists(draw: st.DrawFn, tag: str, ids: _Ids) -> etree._Element:
    made = etree.Element(tag, id=ids.part())
    if draw(st.booleans()):
        made.set("score", draw(_scores))
    if draw(st.integers(0, 3)) == 0:
        made.append(draw(rules(ids)))
    for name in draw(st.lists(_names, max_size=3, unique=True)):
        pair = etree.SubElement(made, "nvpair", id=ids.part(), name=name)
        if draw(st.integers(0, 9)):
            pair.set("value", draw(_values))
    return made


@st.composite
def operation_lists(draw: st.DrawFn, ids: _Ids) -> etree._Element:
    made = etree.Element("operations")
    intervals = draw(st.lists(st.sampled_from(["0", "20", "10s", "PT1M"]), min_size=1, max_size=3, unique=True))
    for interval in intervals:
        name = draw(st.sampled_from(["monitor", "start", "stop", "promote", "custom"]))
        made.append(etree.Element("op", id=ids.part(), name=name, interval=interval))
        for key in ("timeout", "on-fail", "description"):
            if draw(st.booleans()):
                made[-1].set(key, draw(_values))
        if draw(st.integers(0, 3)) == 0:
            made[-1].append(draw(lists("instance_attributes", ids)))
        if draw(st.integers(0, 3)) == 0:
            made[-1].append(draw(lists("meta_attributes", ids)))
    return made


@st.composite
def primitives(draw: st.DrawFn, name: str, ids: _Ids) -> etree._Element:
    standard, provider, kind = draw(st.sampled_from(AGENTS))
    made = etree.Element("primitive", {"id": name, "class": standard, "type": kind})
    if provider:
        made.set("provider", provider)
    if draw(st.integers(0, 4)) == 0:
        made.set("description", draw(_values))
    for tag in ("meta_attributes", "instance_attributes", "utilization"):
        if draw(st.booleans()):
            made.append(draw(lists(tag, ids)))
    if draw(st.booleans()):
        made.append(draw(operation_lists(ids)))
    return made


@st.composite
def resource_sets(draw: st.DrawFn, names: list[str], key: str, ids: _Ids) -> etree._Element:
    made = etree.Element("resource_set", id=ids.part())
    for attribute in ("sequential", "require-all"):
        value = draw(st.sampled_from(["", "true", "false"]))
        if value:
            made.set(attribute, value)
    word = draw(st.sampled_from(["", "Started", "Promoted"] if key == "role" else ["", "start", "promote"]))
    if word:
        made.set(key, word)
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)):
        etree.SubElement(made, "resource_ref", id=name)
    return made


@st.composite
def constraints(draw: st.DrawFn, name: str, names: list[str], ids: _Ids) -> etree._Element:
    one, other = draw(st.sampled_from(names)), draw(st.sampled_from(names))
    kind = draw(
        st.sampled_from(["node", "rule", "set", "colocation", "colocation_set", "order", "order_set", "ticket"])
    )
    if kind == "node":
        node = draw(st.sampled_from(["n1", "node two", "n-3.example.org"]))
        return etree.Element("rsc_location", id=name, rsc=one, score=draw(_scores), node=node)
    if kind == "rule":
        made = etree.Element("rsc_location", id=name, rsc=one)
        made.append(draw(rules(ids)))
        return made
    if kind == "set":
        made = etree.Element("rsc_location", id=name, score="100", node="n1")
        made.append(draw(resource_sets(names, "role", ids)))
        return made
    tags = {"colocation": "rsc_colocation", "order": "rsc_order", "ticket": "rsc_ticket"}
    made = etree.Element(tags[kind.removesuffix("_set")], id=name)
    if kind.startswith("colocation"):
        made.set("score", draw(_scores))
    if kind == "ticket":
        made.set("ticket", "ticketA")
        made.set("rsc", one)
    elif kind == "colocation":
        made.set("rsc", one)
        made.set("with-rsc", other)
        if draw(st.booleans()):
            made.set("with-rsc-role", draw(_roles))
    elif kind == "order":
        made.set("first", one)
        made.set("then", other)
        if draw(st.booleans()):
            made.set("kind", draw(st.sampled_from(["Optional", "Mandatory", "Serialize"])))
        if draw(st.booleans()):
            made.set("symmetrical", draw(st.sampled_from(["true", "false"])))
        if draw(st.booleans()):
            made.set("then-action", draw(st.sampled_from(["start", "promote"])))
    else:
        key = "role" if kind.startswith("colocation") else "action"
        made.extend(draw(st.lists(resource_sets(names, key, ids), min_size=1, max_size=3)))
    return made


@st.composite
def documents(draw: st.DrawFn) -> cib.Document:
    ids = _Ids()
    document = cib.Document.parse(EMPTY)
    configuration = document.root[0]
    resources, held = configuration.find("resources"), configuration.find("constraints")
    assert resources is not None
    assert held is not None
    made = [draw(primitives(f"p{n}", ids)) for n in range(draw(st.integers(1, 4)))]
    names = [p.get("id", "") for p in made]
    while made:
        kind = draw(st.sampled_from(["primitive", "group", "clone", "clone_group"]))
        count = draw(st.integers(1, len(made))) if "group" in kind else 1
        taken, made = made[:count], made[count:]
        outer = _contained(kind, taken, f"c{len(made)}")
        if kind != "primitive" and draw(st.booleans()):
            outer.insert(0, draw(lists("meta_attributes", ids)))
        if kind != "primitive":
            names.append(outer.get("id", ""))
        resources.append(outer)
    for number in range(draw(st.integers(0, 3))):
        held.append(draw(constraints(f"k{number}", names, ids)))
    if draw(st.booleans()):
        configuration[0].append(etree.Element("cluster_property_set", id="cib-bootstrap-options"))
        etree.SubElement(configuration[0][0], "nvpair", id=ids.part(), name="no-quorum-policy", value=draw(_values))
    return document


def _contained(kind: str, taken: list[etree._Element], name: str) -> etree._Element:
    if kind == "primitive":
        return taken[0]
    group = etree.Element("group", id=name if kind == "group" else f"{name}-g")
    group.extend(taken if "group" in kind else [])
    if kind == "group":
        return group
    clone = etree.Element("clone", id=name)
    clone.append(group if kind == "clone_group" else taken[0])
    return clone


def reread(document: cib.Document, **options: bool) -> cib.Document:
    text = crm.render(document, **options)
    return applied(text, cib.Document.parse(EMPTY), crm.Method.CREATE)


def applied(text: str, document: cib.Document, method: crm.Method) -> cib.Document:
    """Return what the text makes of a document, whether its values are valid or not."""
    changed, reports = crm.apply(document, crm.read(text, "rendered"), method)
    assert not any(r.severity == "error" for r in reports)
    return changed


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_rendered_configuration_reads_back_as_it_was(document: cib.Document) -> None:
    """If this failed, saving a configuration as text and loading it would change the cluster."""
    assert sections(reread(document)) == sections(document)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_rendered_as_xml_reads_back_as_it_was(document: cib.Document) -> None:
    """If this failed, `show xml` could not be loaded again."""
    assert sections(reread(document, as_xml=True)) == sections(document)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents())
def test_loading_what_is_there_changes_nothing(document: cib.Document) -> None:
    """If this failed, an update with the present configuration would restart resources or churn ids."""
    assert sections(applied(crm.render(document), document, crm.Method.UPDATE)) == sections(document)


@pytest.mark.parametrize(
    "text",
    [
        "node 1: n1 \\\n\tattributes a=b standby=on\n",
        "node n3:remote\n",
        "primitive d1 ocf:pacemaker:Dummy \\\n\toperations $id=d1-ops \\\n\top monitor interval=60m\n",
        'primitive st stonith:fence_lab \\\n\tparams hostlist="n1 n2"\n',
        "rsc_template tt Dummy \\\n\tparams a=b\nprimitive p @tt \\\n\top monitor interval=10 timeout=5\n",
        "primitive p0 Dummy \\\n\tparams $p0-state:state=1\nprimitive p2 Dummy \\\n\tparams @p0-state\n",
        "primitive s Stateful\nms m s \\\n\tmeta target-role=Master\n",
        "primitive p Dummy\nlocation l /x.*/ role=Master resource-discovery=never 10: n2\n",
        "primitive a Dummy\nprimitive b Dummy\nlocation l { a b } inf: n1\n",
        "primitive a Dummy\nprimitive b Dummy\norder o Mandatory: a:promote b symmetrical=false\n",
        "primitive a Dummy\nprimitive b Dummy\ncolocation c inf: _rsc_set_ a b\n",
        "primitive a Dummy\nprimitive b Dummy\nrsc_ticket t T: a b:Master loss-policy=fence\n",
        "fencing_topology \\\n\tn1: st1 st2,st3 \\\n\tattr:rack=1 st1 \\\n\tpattern:r.* st2\n",
        "property cib-bootstrap-options: \\\n\tstonith-enabled=false\n",
        "rsc_defaults rsc-options: \\\n\tresource-stickiness=100\n",
        "op_defaults op-options: \\\n\trule 100: #uname eq n1 \\\n\ttimeout=20s\n",
        "role r \\\n\tread status \\\n\twrite meta:d0:target-role \\\n\tread type:node attribute:uname\n",
        "role r \\\n\tread status\nacl_target alice r\n",
        'alert a "/x.sh" \\\n\tattributes a=false \\\n\tselect attributes { x y } \\\n\tto { 1.2.3.4 meta a=3 }\n',
        "# kept for the audit\nprimitive p Dummy\n",
        "primitive p Dummy\ntag t p\n",
    ],
)
def test_text_that_was_rendered_is_rendered_the_same_again(text: str) -> None:
    """If this failed, `save` and `load` would rewrite people's configurations."""
    changed, _ = crm.change(cib.Document.parse(EMPTY), crm.read(text, "t"), crm.Method.CREATE)
    assert crm.render(changed) == text


def test_only_named_objects_are_shown() -> None:
    """If this failed, `show ID` would bury the answer in everything else."""
    text = "primitive a Dummy\nprimitive b Dummy\nproperty maintenance-mode=true\n"
    document, _ = crm.change(cib.Document.parse(EMPTY), crm.read(text), crm.Method.CREATE)
    assert crm.render(document, ["b"]) == "primitive b Dummy\n"
    assert crm.render(document, ["type:property"]) == ("property cib-bootstrap-options: \\\n\tmaintenance-mode=true\n")


def test_what_the_language_cannot_say_is_written_as_xml() -> None:
    """If this failed, rules inside rules would be lost when a configuration is saved."""
    document = cib.Document.parse(
        '<cib><configuration><resources><primitive id="p" class="ocf" provider="heartbeat" type="Dummy"/></resources>'
        '<constraints><rsc_location id="l" rsc="p"><rule id="r" score="1"><rule id="s" boolean-op="or">'
        '<expression id="e" operation="defined" attribute="a"/></rule></rule></rsc_location></constraints>'
        "</configuration></cib>"
    )
    text = crm.render(document)
    assert 'xml <rsc_location id="l" rsc="p"> \\\n' in text
    assert sections(reread(document))["constraints"] == sections(document)["constraints"]
