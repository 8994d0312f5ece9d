"""What is said about a document that is wrong."""

from __future__ import annotations

import time

import pytest
from lxml import etree

from standfast import cib
from standfast.cib import checks
from standfast.errors import ConfigError, Report, Severity

TEN_MISTAKES = """<cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0">
  <configuration>
    <crm_config/>
    <nodes>
      <node id="1" uname="n1"/>
    </nodes>
    <resources>
      <primitve id="typo" class="ocf"/>
      <primitive id="a" class="ocf" type="Dummy"/>
      <primitive id="a" class="lsb" type="x"/>
      <primitive class="lsb" type="y"/>
      <clone id="c"/>
      <primitive id="webserver" class="lsb" type="x" colour="red">
        <operations>
          <op id="b-m" name="monitor" interval="often"/>
        </operations>
      </primitive>
    </resources>
    <constraints>
      <rsc_location id="l" rsc="webserver" node="n1" score="much"/>
      <rsc_order id="o" first="webservr" then="webserver"/>
      <rsc_colocation id="co" rsc="a" with-rsc="webserver" score="1" rsc-role="Boss"/>
      <op id="lost" name="start" interval="0"/>
    </constraints>
  </configuration>
</cib>"""

FRAME = """<cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration>
<crm_config><cluster_property_set id="p"><nvpair id="p1" name="fencing-enabled" value="{fencing}"/></cluster_property_set>
</crm_config><nodes><node id="1" uname="n1"/></nodes><resources>
<primitive id="a" class="lsb" type="x"/><primitive id="b" class="lsb" type="x"/>{resources}</resources>
<constraints>{constraints}</constraints>{more}</configuration></cib>"""  # noqa: E501


def reports(text: str) -> list[Report]:
    return checks.verify(cib.Document.parse(text), "new.xml")


def about(*, fencing: str = "false", resources: str = "", constraints: str = "", more: str = "") -> list[Report]:
    return reports(FRAME.format(fencing=fencing, resources=resources, constraints=constraints, more=more))


def test_ten_mistakes_give_ten_messages_with_line_and_expectation() -> None:
    """An operator would mend one mistake, try again, and find the next; or not learn where it is."""
    errors = [r for r in reports(TEN_MISTAKES) if r.severity is Severity.ERROR]
    assert [(r.place.line, r.code) for r in errors] == [
        (8, "cib.unknown-element"),
        (9, "cib.missing-attribute"),
        (10, "cib.duplicate-id"),
        (11, "cib.missing-attribute"),
        (12, "cib.clone-content"),
        (13, "cib.unknown-attribute"),
        (15, "cib.bad-value"),
        (20, "cib.bad-value"),
        (21, "cib.no-such"),
        (22, "cib.bad-value"),
        (23, "cib.misplaced"),
    ]
    assert all(r.expected and r.place.file == "new.xml" for r in errors)
    assert errors[0].expected == "primitive"
    assert str(errors[8]) == (
        "new.xml:21: error: first of <rsc_order> o is webservr, and there is no such resource "
        "(expected webserver) [cib.no-such]"
    )


def test_check_raises_all_or_returns_the_warnings() -> None:
    """A wrong configuration would be taken, or a good one refused for a warning."""
    with pytest.raises(ConfigError) as caught:
        checks.check(cib.Document.parse(TEN_MISTAKES))
    assert len(caught.value.reports) >= 11
    good = FRAME.format(fencing="true", resources="", constraints="", more="")
    assert [r.code for r in checks.check(cib.Document.parse(good))] == ["cib.no-fencing"]


def test_an_unvalidated_document_has_warnings_only() -> None:
    """An administrator who switched validation off could change nothing."""
    text = TEN_MISTAKES.replace("pacemaker-3.9", "none")
    assert {r.severity for r in reports(text)} == {Severity.WARNING}


def test_new_documents_are_valid() -> None:
    """A new cluster's first document would be refused."""
    assert checks.verify(cib.Document.empty("x")) == []


@pytest.mark.parametrize(
    ("where", "text", "code"),
    [
        ("resources", '<primitive id="x y" class="lsb" type="x"/>', "bad-id"),
        ("resources", '<primitive id="x" class="lbs" type="x"/>', "bad-value"),
        ("resources", '<primitive id="x" template="t"/>', "no-such"),
        ("resources", '<primitive id="x" class="lsb" type="x" template="a"/>', "contradiction"),
        ("resources", '<group id="g"/>', "missing-element"),
        ("resources", '<bundle id="k"/>', "bundle-content"),
        ("resources", '<primitive id="x" class="lsb" type="x">words</primitive>', "text"),
        ("resources", '<primitive id="x" class="lsb" type="x"><operations/><operations/></primitive>', "too-many"),
        ("resources", '<primitive id="x" class="lsb" type="x"><meta_attributes/></primitive>', "missing-id"),
        ("resources", '<primitive id="x" class="lsb" type="x"><meta_attributes id-ref="q"/></primitive>', "no-such"),
        ("constraints", '<rsc_location id="l" rsc="a"/>', "missing-attribute"),
        ("constraints", '<rsc_location id="l" rsc="a" node="n1"/>', "missing-attribute"),
        ("constraints", '<rsc_location id="l" node="n1" score="1"/>', "contradiction"),
        ("constraints", '<rsc_location id="l" rsc="a" node="n1" score="1"><rule id="r"/></rsc_location>', "empty-rule"),
        ("constraints", '<rsc_order id="o" first="a"/>', "missing-attribute"),
        ("constraints", '<rsc_order id="o" first="a" then="b" symmetrical="maybe"/>', "bad-value"),
        ("constraints", '<rsc_order id="o" first="a" then="b" first-action="fly"/>', "bad-value"),
        ("constraints", '<rsc_colocation id="c"><resource_set id="s"/></rsc_colocation>', "missing-element"),
        ("constraints", '<rsc_ticket id="t" rsc="a"/>', "missing-attribute"),
        ("more", '<fencing-topology><fencing-level id="f" index="1" devices="a"/></fencing-topology>', "contradiction"),
        ("more", '<fencing-topology><fencing-level id="f" index="0" target="n1" devices="a"/></fencing-topology>',
         "bad-value"),
        ("more", '<acls><acl_target id="u"><role id="nobody"/></acl_target></acls>', "no-such"),
        ("more", "<tags/><tags/>", "too-many"),
        ("more", '<tags><tag id="t"/></tags>', "missing-element"),
    ],
)  # fmt: skip
def test_single_mistakes(where: str, text: str, code: str) -> None:
    """This mistake would be taken, and the scheduler meet something that it cannot read."""
    errors = [r for r in about(**{where: text}) if r.severity is Severity.ERROR]
    assert f"cib.{code}" in [r.code for r in errors], errors
    assert all(r.place.line for r in errors)


@pytest.mark.parametrize(
    "condition",
    [
        '<expression id="e" attribute="a" operation="eq"/>',
        '<expression id="e" attribute="a" operation="like" value="1"/>',
        '<date_expression id="e" operation="gt"/>',
        '<date_expression id="e" operation="in_range"/>',
        '<date_expression id="e" operation="date_spec"/>',
        '<date_expression id="e" operation="lt" end="tomorrow"/>',
    ],
)
def test_conditions_that_cannot_hold(condition: str) -> None:
    """A rule would silently never hold."""
    rule = f'<rsc_location id="l" rsc="a"><rule id="r" score="1">{condition}</rule></rsc_location>'
    assert any(r.severity is Severity.ERROR for r in about(constraints=rule))


@pytest.mark.parametrize(
    ("where", "text", "code"),
    [
        ("constraints", '<rsc_location id="l" rsc="a" node="n7" score="1"/>', "no-such-node"),
        ("resources", ('<primitive id="x" class="lsb" type="x"><meta_attributes id="m"><nvpair id="n" '
         'name="is-managed" value="perhaps"/></meta_attributes></primitive>'), "bad-option"),
        ("resources", ('<primitive id="x" class="lsb" type="x"><operations><op id="o" name="monitor" interval="9s"/>'
         '<op id="q" name="monitor" interval="9000ms"/></operations></primitive>'), "duplicate-operation"),
        ("more", '<fencing-topology><fencing-level id="f" index="1" target="n1" devices="zz"/></fencing-topology>',
         "no-such-device"),
    ],
)  # fmt: skip
def test_doubts_are_warnings(where: str, text: str, code: str) -> None:
    """What the cluster can live with would be refused, or pass without a word."""
    found = about(**{where: text})
    assert [(r.code, r.severity) for r in found] == [(f"cib.{code}", Severity.WARNING)]
    assert found[0].place.line


def test_a_misspelt_property_is_noticed() -> None:
    """`no-qorum-policy=freeze` would be taken and have no effect."""
    text = FRAME.format(fencing="false", resources="", constraints="", more="")
    [found] = reports(text.replace('name="fencing-enabled"', 'name="fencing-enbled"').replace("lsb", "stonith"))
    assert (found.code, found.expected) == ("cib.unknown-property", "fencing-enabled")


def test_other_namespaces_are_kept_and_passed_over() -> None:
    """A tool's own notes in the document would make it invalid."""
    found = about(resources='<x:note xmlns:x="urn:x" whatever="1"/>')
    assert [(r.code, r.severity) for r in found] == [("cib.foreign", Severity.WARNING)]


def test_five_hundred_resources_are_checked_in_no_time() -> None:
    """Every edit of a large cluster would hold the daemon."""
    document = cib.Document.empty("x")
    for i in range(500):
        primitive = etree.SubElement(document.section("resources"), "primitive",
                                     {"id": f"r{i}", "class": "ocf", "provider": "p", "type": "t"})  # fmt: skip
        for tag in ("instance_attributes", "meta_attributes"):
            block = etree.SubElement(primitive, tag, id=f"r{i}-{tag}")
            for j in range(5):
                etree.SubElement(block, "nvpair", id=f"r{i}-{tag}-{j}", name=f"n{j}", value="1")
    started = time.perf_counter()
    assert all(r.code == "cib.no-fencing" for r in checks.verify(document))
    assert time.perf_counter() - started < 5
