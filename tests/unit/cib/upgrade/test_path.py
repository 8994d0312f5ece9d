"""Old schemas, upgraded."""

from __future__ import annotations

from lxml import etree

from standfast import cib
from standfast.cib import nvpairs
from standfast.errors import Report

HEAD = '<cib validate-with="pacemaker-{schema}" epoch="1" num_updates="0" admin_epoch="0"><configuration>'


def upgraded(schema: str, inner: str) -> tuple[cib.Document, tuple[Report, ...]]:
    document = cib.Document.parse(HEAD.format(schema=schema) + inner + "</configuration><status/></cib>")
    before = document.render()
    found = cib.upgrade.upgrade(document)
    assert document.render() == before
    assert found[0].root.get("validate-with") == cib.upgrade.NEWEST
    return found


def text(document: cib.Document, path: str) -> str:
    element = document.root.find(f"configuration/{path}")
    assert element is not None, path
    return etree.tostring(element).decode()


def test_the_newest_schema_is_left_alone() -> None:
    """Every scheduling would copy the document for nothing."""
    document = cib.Document.parse(HEAD.format(schema="4.0") + "</configuration></cib>")
    assert cib.upgrade.upgrade(document) == (document, ())
    assert not cib.upgrade.needed(document)


def test_underscored_properties_and_old_defaults() -> None:
    """An old configuration would lose its quorum policy, its stickiness or its time-outs."""
    document, _ = upgraded("1.2", """<crm_config><cluster_property_set id="p">
        <nvpair id="p1" name="no_quorum_policy" value="freeze"/><nvpair id="p2" name="default-resource-stickiness" value="7"/>
        <nvpair id="p3" name="is_managed_default" value="false"/><nvpair id="p4" name="default-action-timeout" value="9s"/>
        <nvpair id="p5" name="transition_idle_timeout" value="5s"/><nvpair id="p6" name="expected-quorum-votes" value="2"/>
        <nvpair id="p7" name="default_resource_failure_stickiness" value="-INFINITY"/>
        </cluster_property_set></crm_config><rsc_defaults><meta_attributes id="d"><nvpair id="d1" name="is-managed"
        value="true"/></meta_attributes></rsc_defaults>""")  # noqa: E501  # fmt: skip
    assert dict(cib.properties.read(document).given) == {"no-quorum-policy": "freeze", "cluster-delay": "5s"}
    defaults = nvpairs.unpack(document.section("rsc_defaults"), "meta_attributes")
    assert defaults == {"is-managed": "true", "resource-stickiness": "7", "migration-threshold": "1"}
    assert nvpairs.unpack(document.section("op_defaults"), "meta_attributes") == {"timeout": "9s"}


def test_operations_meta_attributes_and_requires() -> None:
    """A monitor's time-out given among its parameters, or what a start requires, would be lost."""
    document, _ = upgraded("1.2", """<resources><primitive id="r" class="ocf" provider="heartbeat" type="Dummy"><operations>
        <op id="m" name="monitor" interval="10"><instance_attributes id="i"><nvpair id="i1" name="timeout" value="9s"/>
        <nvpair id="i2" name="OCF_CHECK_LEVEL" value="10"/></instance_attributes></op>
        <op id="s" name="start" interval="0" requires="nothing"/></operations></primitive></resources>""")  # noqa: E501  # fmt: skip
    [r] = cib.resources.tree(document)
    monitor = document.find("m")
    assert monitor is not None
    assert nvpairs.unpack(monitor, "meta_attributes") == {"timeout": "9s"}
    assert nvpairs.unpack(monitor, "instance_attributes") == {"OCF_CHECK_LEVEL": "10"}
    assert r.meta() == {"requires": "nothing"}


def test_fencing_parameters_node_types_and_isolation() -> None:
    """A fence device would be called with actions that it does not know."""
    document, reports = upgraded("1.2", """<nodes><node id="1" uname="n1" type="normal"/></nodes><resources>
        <primitive id="f" class="stonith" type="fence_x"><instance_attributes id="i"><nvpair id="i1" name="pcmk_reboot_cmd"
        value="off"/><nvpair id="i2" name="pcmk_arg_map" value="port:uname"/></instance_attributes>
        <meta_attributes id="m"><nvpair id="m1" name="isolation" value="docker"/></meta_attributes></primitive></resources>""")  # noqa: E501  # fmt: skip
    [f] = cib.resources.tree(document)
    assert f.parameters() == {"pcmk_reboot_action": "off", "pcmk_host_argument": "uname"}
    assert (f.meta(), len(reports)) == ({"target-role": "Stopped"}, 1)
    assert cib.nodes.configured(document)[0].type == "member"


def test_access_lists() -> None:
    """Users would lose what they may do, or may more."""
    document, _ = upgraded("1.2", """<acls><acl_role id="r"><read id="r1" xpath="/cib"/><write id="r2" tag="node"/></acl_role>
        <acl_user id="u"><role_ref id="r"/></acl_user><acl_user id="v"><deny id="v1" ref="secret"/></acl_user></acls>""")  # noqa: E501  # fmt: skip
    assert text(document, "acls") == (
        '<acls><acl_role id="r"><acl_permission id="r1" xpath="/cib" kind="read"/>'
        '<acl_permission id="r2" kind="write" object-type="node"/></acl_role>'
        '<acl_target id="u"><role id="r"/></acl_target><acl_target id="v"><role id="auto-v"/></acl_target>'
        '<acl_role id="auto-v"><acl_permission id="v1" kind="deny" reference="secret"/></acl_role></acls>'
    )


def test_masters_become_promotable_clones() -> None:
    """A master resource would not be promoted, or its instances be taken for a plain clone's."""
    document, _ = upgraded("3.0", """<resources><master id="m"><meta_attributes id="x"><nvpair id="x1" name="promotable"
        value="false"/></meta_attributes><primitive id="r" class="ocf" provider="p" type="t"/></master>
        <bundle id="b"><docker image="i" masters="2"/></bundle></resources>""")  # fmt: skip
    master = cib.resources.tree(document)[0]
    assert (master.kind, master.promotable()) == ("clone", True)
    assert 'promoted-max="2"' in text(document, "resources/bundle")


def test_lifetimes_become_rules() -> None:
    """A constraint with a lifetime would hold for ever, or never."""
    document, reports = upgraded("3.0", """<constraints><rsc_location id="l" rsc="r" node="n1" score="5"><lifetime>
        <rule id="t"><date_expression id="d" operation="lt" end="1970-01-02"/></rule></lifetime></rsc_location>
        <rsc_order id="o" first="a" then="b"><lifetime><rule id="u"/></lifetime></rsc_order>
        </constraints>""")  # fmt: skip
    location, order = cib.constraints.read(document)
    assert isinstance(location, cib.constraints.Location)
    assert (location.node, location.score, len(location.rules)) == ("", "", 1)
    [rule] = location.rules
    assert rule.get("score") == "5"
    holds = [
        cib.rules.evaluate(rule, cib.Context(now_s=now_s, node_attributes={"#uname": node}))
        for now_s, node in ((0, "n1"), (0, "n2"), (90_000, "n1"))
    ]
    assert holds == [True, False, False]
    assert len(reports) == 1
    assert order.id == "o"


def test_several_rules_become_several_constraints() -> None:
    """Of two rules for different nodes only one would count."""
    document, _ = upgraded("3.0", """<constraints><rsc_location id="l" rsc="r">
        <rule id="a" score="1"><expression id="ae" attribute="#uname" operation="eq" value="n1"/></rule>
        <rule id="b" score="2"><expression id="be" attribute="#uname" operation="eq" value="n2"/></rule>
        </rsc_location></constraints>""")  # fmt: skip
    found = [c for c in cib.constraints.read(document) if isinstance(c, cib.constraints.Location)]
    assert [(c.id, c.resource, [r.get("id") for r in c.rules]) for c in found] == [
        ("l", "r", ["a"]),
        ("l-b", "r", ["b"]),
    ]


def test_classes_that_are_no_more_go_with_what_names_them() -> None:
    """A configuration with one old resource could not be used at all, or leave constraints that name nothing."""
    document, reports = upgraded("3.0", """<resources><template id="t" class="upstart" type="x"/><primitive id="a" template="t"/>
        <group id="g"><primitive id="b" class="nagios" type="y"/></group><primitive id="c" class="lsb" type="z"/>
        <bundle id="k"><rkt image="i"/></bundle></resources><constraints><rsc_order id="o" first="a" then="c"/>
        <rsc_colocation id="co" score="1"><resource_set id="s"><resource_ref id="b"/><resource_ref id="c"/></resource_set>
        <resource_set id="s2"><resource_ref id="k"/></resource_set></rsc_colocation></constraints>
        <tags><tag id="tag"><obj_ref id="g"/></tag></tags>""")  # noqa: E501  # fmt: skip
    assert [r.id for r in cib.resources.tree(document)] == ["c"]
    assert [c.id for c in cib.constraints.read(document)] == ["co"]
    assert [e.get("id") for e in document.root.iter("resource_ref")] == ["c"]
    assert document.tags() == {}
    assert len(reports) == 5


def test_small_things_of_schema_3() -> None:
    """An upgraded document would be refused by the newest schema, or act otherwise."""
    document, _ = upgraded("3.0", """<crm_config><cluster_property_set id="p"><nvpair id="p1" name="crmd-transition-delay"
        value="2s"/><nvpair id="p2" name="stonith-action" value="poweroff"/><nvpair id="p3" name="remove-after-stop" value="1"/>
        <nvpair id="p4" name="empty"/></cluster_property_set></crm_config><nodes><node id="9" uname="p9" type="ping"/></nodes>
        <constraints/><fencing-topology><fencing-level id="f" index="10" target="n" devices="d"/></fencing-topology>""")  # noqa: E501  # fmt: skip
    assert dict(cib.properties.read(document).given) == {"transition-delay": "2s", "stonith-action": "off"}
    assert len(document.section("fencing-topology")) == 0
    [ban] = cib.constraints.read(document)
    assert isinstance(ban, cib.constraints.Location)
    assert (ban.node, ban.score, ban.discovery) == ("p9", "-INFINITY", "never")
