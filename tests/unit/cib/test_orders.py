"""Operators' orders as edits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from standfast import cib
from standfast.cib import edits, nvpairs, orders
from standfast.cib.edits import Edit
from standfast.errors import RequestError

TEXT = """<cib epoch="4" num_updates="7" admin_epoch="0" validate-with="pacemaker-3.9"><configuration><crm_config>
<cluster_property_set id="cib-bootstrap-options"><nvpair id="o1" name="stonith-enabled" value="true"/></cluster_property_set>
</crm_config><nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes><resources>
<primitive id="a" class="ocf" provider="heartbeat" type="Dummy"><meta_attributes id="a-m"><nvpair id="a-m-x" name="x" value="1"/>
</meta_attributes></primitive>
<group id="g"><primitive id="b" class="ocf" provider="heartbeat" type="Dummy"><meta_attributes id="b-m">
<nvpair id="b-t" name="target-role" value="Stopped"/><nvpair id="b-u" name="is-managed" value="false"/></meta_attributes>
</primitive></group>
<clone id="c"><meta_attributes id="c-m"><nvpair id="c-p" name="promotable" value="true"/></meta_attributes>
<primitive id="d" class="ocf" provider="heartbeat" type="Dummy"/></clone>
<primitive id="r1" class="ocf" provider="pacemaker" type="remote"/>
</resources><constraints/></configuration><status/></cib>"""  # noqa: E501


@pytest.fixture
def document() -> cib.Document:
    return cib.Document.parse(TEXT)


def done(document: cib.Document, made: list[Edit]) -> cib.Document:
    return edits.apply(document, made, 0)


def meta(document: cib.Document, name: str) -> dict[str, str]:
    element = document.find(name)
    assert element is not None
    return nvpairs.unpack(element, "meta_attributes")


def attributes(document: cib.Document, uname: str) -> dict[str, str]:
    return dict(next(n.attributes for n in cib.nodes.configured(document) if n.uname == uname))


def locations(document: cib.Document) -> dict[str, dict[str, str]]:
    return {e.get("id", ""): dict(e.attrib) for e in document.section("constraints")}


def test_standby_and_online(document: cib.Document) -> None:
    """A node could not be emptied for work on it, or not come back."""
    asleep = done(document, orders.standby(document, "n1"))
    assert attributes(asleep, "n1") == {"standby": "on"}
    pair = asleep.find("nodes-1-standby")
    assert pair is not None
    awake = done(asleep, orders.online(asleep, "n1"))
    assert attributes(awake, "n1") == {}


def test_node_maintenance_and_unknown_node(document: cib.Document) -> None:
    """An order for a misspelt node would say success and do nothing."""
    kept = done(document, orders.maintenance(document, "n2"))
    assert attributes(kept, "n2") == {"maintenance": "true"}
    assert attributes(done(kept, orders.ready(kept, "n2")), "n2") == {}
    with pytest.raises(RequestError, match="n9"):
        orders.standby(document, "n9")


def test_a_remote_node_gets_an_entry(document: cib.Document) -> None:
    """A remote node could have no permanent attribute."""
    new = done(document, orders.set_node_attribute(document, "r1", "rack", "7"))
    assert attributes(new, "r1") == {"rack": "7"}


def test_move_replaces_earlier_moves(document: cib.Document) -> None:
    """After two moves the resource would be tied to both nodes, or still banned from the target."""
    one = done(document, orders.move(document, "a", "n1", 0, ban=("n2",)))
    assert locations(one) == {
        "cli-prefer-a": {"id": "cli-prefer-a", "rsc": "a", "role": "Started", "node": "n1", "score": "INFINITY"},
        "cli-ban-a-on-n2": {"id": "cli-ban-a-on-n2", "rsc": "a", "role": "Started", "node": "n2",
                            "score": "-INFINITY"},
    }  # fmt: skip
    two = done(one, orders.move(one, "a", "n2", 0))
    assert {k: v["node"] for k, v in locations(two).items()} == {"cli-prefer-a": "n2"}


def test_ban_for_a_lifetime_then_clear(document: cib.Document) -> None:
    """A ban for an hour would last for ever, or clear take other constraints with it."""
    banned = done(document, orders.ban_from(document, "a", "n1", 3600, lifetime="PT1H"))
    [element] = banned.section("constraints")
    assert element.find("rule/date_expression").get("end") == "1970-01-01 02:00:00Z"  # type: ignore[union-attr]
    assert orders.clear_expired(banned, "a", 7199) == []
    assert orders.clear(banned, "a", "n2") == []
    assert len(done(banned, orders.clear_expired(banned, "a", 7200)).section("constraints")) == 0
    assert len(done(banned, orders.clear(banned, "a", "n1")).section("constraints")) == 0
    with pytest.raises(RequestError, match="lifetime"):
        orders.ban_from(document, "a", "n1", 0, lifetime="soon")


def test_clear_leaves_what_others_wrote(document: cib.Document) -> None:
    """Clearing a resource's moves would drop those of a resource whose name begins alike."""
    both = done(document, [*orders.move(document, "a", "n1", 0), Edit("create",
                '<rsc_location id="own" rsc="a" node="n1" score="1"/>', scope="constraints")])  # fmt: skip
    assert set(locations(done(both, orders.clear(both, "a")))) == {"own"}


def test_start_and_stop_of_groups_and_clones(document: cib.Document) -> None:
    """Starting a group would leave a member stopped; stopping a clone's inner resource would do nothing."""
    started = done(document, orders.start(document, "g"))
    assert meta(started, "g") == {"target-role": "Started"}
    assert meta(started, "b") == {"is-managed": "false"}
    stopped = done(document, orders.stop(document, "d"))
    assert meta(stopped, "c")["target-role"] == "Stopped"
    assert meta(stopped, "d") == {}


def test_promote_and_demote(document: cib.Document) -> None:
    """A plain resource would be told to be promoted; an old schema would refuse the new role names."""
    assert meta(done(document, orders.demote(document, "d")), "c")["target-role"] == "Unpromoted"
    document.root.set("validate-with", "pacemaker-3.0")
    assert meta(done(document, orders.promote(document, "c")), "c")["target-role"] == "Master"
    with pytest.raises(RequestError, match="promoted"):
        orders.promote(document, "a")


def test_manage_reaches_members(document: cib.Document) -> None:
    """A group would be managed again, but a member that says otherwise not."""
    assert meta(done(document, orders.manage(document, "g")), "b") == {"target-role": "Stopped"}
    assert meta(done(document, orders.unmanage(document, "a")), "a") == {"x": "1", "is-managed": "false"}
    kept = done(document, orders.set_maintenance(document, "a", True))
    assert meta(kept, "a")["maintenance"] == "true"
    assert "maintenance" not in meta(done(kept, orders.set_maintenance(kept, "a", False)), "a")


def test_parameters_are_changed_in_place_or_added(document: cib.Document) -> None:
    """Setting a parameter twice would leave two values."""
    one = done(document, orders.set_parameter(document, "a", "ip", "1"))
    two = done(one, orders.set_parameter(one, "a", "ip", "2"))
    element = two.find("a")
    assert element is not None
    assert [dict(p.attrib) for p in element.iterfind("instance_attributes/nvpair")] == [
        {"id": "a-instance_attributes-ip", "name": "ip", "value": "2"}
    ]
    gone = done(two, orders.set_parameter(two, "a", "ip", None))
    assert nvpairs.unpack(gone.find("a"), "instance_attributes") == {}  # type: ignore[arg-type]
    used = done(document, orders.set_utilization(document, "a", "cpu", "2"))
    assert nvpairs.unpack(used.find("a"), "utilization") == {"cpu": "2"}  # type: ignore[arg-type]


def test_a_property_has_one_of_its_names(document: cib.Document) -> None:
    """Fencing would stay on because the old name of the option still says so."""
    new = done(document, orders.set_property(document, "fencing-enabled", "false"))
    assert dict(cib.properties.read(new).given) == {"fencing-enabled": "false"}
    assert not cib.properties.read(new).is_true("fencing-enabled")
    assert cib.properties.read(done(new, orders.set_property(new, "fencing-enabled", None))).is_true("fencing-enabled")


def test_defaults_make_their_section(document: cib.Document) -> None:
    """A first default could not be set, because its section is missing."""
    new = done(document, orders.set_default(document, "rsc_defaults", "resource-stickiness", "100"))
    assert nvpairs.unpack(new.section("rsc_defaults"), "meta_attributes") == {"resource-stickiness": "100"}
    again = done(new, orders.set_default(new, "rsc_defaults", "migration-threshold", "3"))
    assert len(again.section("rsc_defaults")) == 1


@pytest.mark.parametrize("order", [orders.start, orders.stop, orders.manage, orders.clear, orders.demote])
def test_orders_for_unknown_resources_are_refused(
    document: cib.Document, order: Callable[[cib.Document, str], list[Edit]]
) -> None:
    """An order for a misspelt resource would say success and do nothing."""
    with pytest.raises(RequestError, match="nothing"):
        order(document, "nothing")


def test_an_instance_stands_for_its_clone(document: cib.Document) -> None:
    """What crm_mon shows (`d:1`) could not be named in an order."""
    assert orders.stop(document, "d:1") == orders.stop(document, "d")


def test_orders_change_nothing_by_themselves(document: cib.Document) -> None:
    """A plan that is not applied would change the document."""
    before = document.render()
    bare = cib.Document(etree.fromstring("<cib><configuration/></cib>"))
    text = bare.render()
    orders.set_property(bare, "x", "1")
    orders.set_default(bare, "op_defaults", "timeout", "1")
    orders.move(document, "a", "n1", 0)
    orders.stop(document, "g")
    assert (document.render(), bare.render()) == (before, text)
