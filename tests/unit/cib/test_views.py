"""The views: properties, nodes, resources, constraints, topology."""

from __future__ import annotations

from standfast import cib
from standfast.cib import constraints, nodes, options, properties, resources, topology

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
DOCUMENT = cib.Document.parse(TEXT)


def test_properties_have_defaults_old_names_and_pass_over_nonsense() -> None:
    """The cluster would act on a value that is none, or ignore options of an older version."""
    read = properties.read(DOCUMENT)
    assert read.text("no-quorum-policy") == "freeze"
    assert read.duration_ms("fencing-timeout") == 120_000
    assert (read.integer("batch-limit"), read.text("own")) == (0, "kept")
    assert read.is_true("symmetric-cluster")
    assert read.score("node-health-red") == -cib.INFINITY
    assert properties.read(cib.Document.parse("<cib/>")).text("cluster-delay") == "60s"


def test_every_default_is_a_valid_value() -> None:
    """A property that nobody set would count as broken."""
    tables = (options.PROPERTIES, options.META, options.OPERATION)
    bad = [o.name for table in tables for o in table.values() if o.default and not o.accepts(o.default)]
    assert bad == []
    assert all(o.text for o in options.PROPERTIES.values())


def test_nodes_and_their_status() -> None:
    """A node would be known by another id than its history's."""
    one, remote = nodes.configured(DOCUMENT)
    assert (one.attributes, one.utilization, one.type, remote.type) == ({"rack": "7"}, {"cpu": "4"}, "member", "remote")
    [state] = nodes.states(DOCUMENT)
    assert (state.crmd, state.attributes) == ("online", {"pingd": "100"})
    assert (nodes.id_of(DOCUMENT, "n1"), nodes.id_of(DOCUMENT, "x")) == ("1", None)


def test_resource_tree_with_templates() -> None:
    """A resource from a template would have no agent, or a group lose its members."""
    tree = resources.tree(DOCUMENT)
    assert [(r.id, r.kind, r.agent) for top in tree for r in top.walk()] == [
        ("g", "group", ""),
        ("a", "primitive", "ocf:heartbeat:Dummy"),
        ("b", "primitive", "systemd:cron"),
        ("m", "master", ""),
        ("c", "primitive", "lsb:x"),
    ]
    assert tree[1].promotable()
    assert resources.top_of(tree, "b") is tree[0]
    [monitor] = resources.operations(resources.index(tree)["a"])
    assert (monitor.name, monitor.interval_ms, monitor.options["timeout"]) == ("monitor", 60_000, "9s")


def test_constraints() -> None:
    """An operator's constraint would not be found by the resource that it names."""
    location, colocation, order, ticket = constraints.read(DOCUMENT)
    assert isinstance(location, constraints.Location)
    assert isinstance(colocation, constraints.Colocation)
    assert isinstance(order, constraints.Order)
    assert isinstance(ticket, constraints.Ticket)
    assert (location.node, location.score) == ("N1", "5")
    assert colocation.sets[0].members == ("g", "m")
    assert (colocation.sets[0].sequential, order.first_action, ticket.loss_policy) == ("false", "start", "fence")
    assert [e.get("id") for e in constraints.naming(DOCUMENT, "m")] == ["co", "o", "ti"]


def test_fencing_levels_by_name_then_pattern_then_attribute() -> None:
    """A node would be fenced by the wrong devices, or in the wrong order."""
    levels = topology.levels(DOCUMENT)
    assert [(v.index, v.devices) for v in topology.levels_for(levels, "N1", {})] == [(1, ("d1", "d2")), (2, ("d3",))]
    assert [v.devices for v in topology.levels_for(levels, "n5", {"rack": "7"})] == [("d4",)]
    assert [v.devices for v in topology.levels_for(levels, "other", {"rack": "7"})] == [("d5",)]
    assert topology.levels_for(levels, "other", {}) == ()
