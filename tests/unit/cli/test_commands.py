"""Our own commands, against a daemon on a real socket."""

from __future__ import annotations

import bz2
import json
from pathlib import Path

import msgspec
import pytest

from standfast.errors import Exit
from standfast.web import schema

PLAN = schema.Plan(
    based_on="0.7",
    difference=["+ primitive app", "- property x"],
    actions=[schema.PlannedAction("Start", "app", target="n1", reason="it is new")],
    edits=[schema.Edit("replace", "<configuration/>", scope="configuration")],
)


def test_status_shows_nodes_and_resources(daemon, run) -> None:
    """If this failed, an operator could not see the cluster."""
    status, out, _ = run("status")
    assert status == Exit.OK
    assert "has quorum (3 of 3 votes, 2 needed)" in out
    assert "  n2  UNCLEAN (offline)" in out
    assert "\x1b[" not in out


def test_status_in_other_forms(daemon, run) -> None:
    """If this failed, scripts could not read the status."""
    assert json.loads(run("status", "--json")[1])["dc"] == "n1"
    assert json.loads(run("status", "--output-format", "json")[1])["dc"] == "n1"
    assert run("status", "--output-as", "xml")[1] == "<pacemaker-result/>\n"
    assert run("status", "--output-format", "text")[1] == "Cluster Summary:\n"


def test_no_daemon_ends_with_102(run, tmp_path: Path) -> None:
    """If this failed, scripts could not tell a dead daemon from a refusal."""
    status, out, err = run("--socket", str(tmp_path / "none"), "status")
    assert (status, out) == (Exit.DISCONNECTED, "")
    assert err.startswith("standfast: no daemon answers at ")


def test_a_refused_user_ends_with_77(daemon, run) -> None:
    """If this failed, a user outside the group would not be told why."""
    daemon.fail("/v1/status", 403, "root or a member of haclient may ask", 77)
    status, _, err = run("status")
    assert (status, err) == (Exit.NO_PERMISSION, "standfast: root or a member of haclient may ask\n")


def test_explain_asks_for_the_node(daemon, run) -> None:
    """If this failed, `explain --node` would show every node."""
    places = [schema.PlaceRecord("n1", 100), schema.PlaceRecord("n2", 0, refused="it is in standby")]
    explained = schema.Explanation("vip", [schema.InstanceExplanation("vip", "n1", "Started", "score", places)])
    daemon.give("/v1/explain/vip", explained)
    assert "not on n2: it is in standby" in run("explain", "vip", "--why-not", "n2")[1]
    assert json.loads(run("explain", "vip", "--json")[1])["resource"] == "vip"
    run("explain", "vip", "--node", "n2")
    assert daemon.asked[-1][1] == "/v1/explain/vip?node=n2"


GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "scheduler"


def test_explain_reads_what_a_dc_kept(run, tmp_path: Path) -> None:
    """If this failed, nobody could ask tomorrow why it was so today."""
    kept = tmp_path / "pe-input-7.bz2"
    kept.write_bytes(bz2.compress((GOLDEN / "failed-member" / "input.xml").read_bytes()))
    status, out, err = run("explain", "export", "--file", str(kept), "--why-not", "n1")
    assert (status, err) == (Exit.OK, "")
    assert "it has failed on n1 as often as migration-threshold allows (fail count 2)" in out
    assert "export start on n3" in out.partition("Step by step:")[2]
    assert run("explain", "export", "-x", str(kept), "--format", "dot")[1].startswith('digraph "export" {')
    assert json.loads(run("explain", "export", "-x", str(kept), "--format", "json")[1])["instances"][0]["node"] == "n3"


@pytest.mark.parametrize(
    ("content", "status"), [(None, Exit.NO_INPUT), (b"BZh9 torn", Exit.CONFIG), (b"<cib", Exit.CONFIG)]
)
def test_explain_refuses_what_is_no_document(run, tmp_path: Path, content: bytes | None, status: int) -> None:
    """If this failed, a torn file would be explained as an empty cluster."""
    file = tmp_path / "input"
    if content is not None:
        file.write_bytes(content)
    found, out, err = run("explain", "a", "--file", str(file))
    assert (found, out) == (status, "")
    assert str(file) in err


def test_explain_refuses_an_unknown_resource(run) -> None:
    """If this failed, a misspelt name would be explained as stopped."""
    status, _, err = run("explain", "nobody", "--file", str(GOLDEN / "failed-member" / "input.xml"))
    assert (status, err) == (Exit.NO_SUCH, "standfast: no resource 'nobody'\n")


@pytest.mark.parametrize(
    ("words", "path", "body"),
    [
        (["resource", "restart", "vip"], "/v1/resources/vip/restart", {}),
        (["resource", "move", "vip", "--node", "n2", "--lifetime", "PT1H", "--force"], "/v1/resources/vip/move",
         {"node": "n2", "lifetime": "PT1H", "force": True}),
        (["node", "standby", "n2", "--lifetime", "reboot", "--wait"], "/v1/nodes/n2/standby",
         {"lifetime": "reboot", "wait": True}),
        (["cleanup", "vip", "--node", "n2"], "/v1/resources/vip/cleanup", {"node": "n2"}),
        (["cleanup"], "/v1/nodes/n2/cleanup", {}),
        (["fence", "n2", "--action", "off"], "/v1/nodes/n2/fence", {"action": "off", "wait": True}),
        (["fence", "confirm", "n2"], "/v1/nodes/n2/confirm", {"force": True}),
        (["stop", "--force"], "/v1/stop", {"force": True}),
        (["attribute", "set", "rack", "7", "--lifetime", "forever"], "/v1/attributes",
         {"node": "n1", "name": "rack", "value": "7", "lifetime": "forever"}),
        (["attribute", "delete", "rack", "--node", "n2"], "/v1/attributes", {"node": "n2", "name": "rack"}),
    ],
)  # fmt: skip
def test_orders_reach_the_daemon(daemon, run, words: list[str], path: str, body: dict[str, object]) -> None:
    """If this failed, an order would do something else than it says."""
    assert run(*words)[0] == Exit.OK
    method, target, sent = daemon.asked[-1]
    assert (method, target) == ("POST", path)
    assert {k: v for k, v in sent.items() if v not in (None, "", False, 0)} == body


def test_fencing_is_shown(daemon, run) -> None:
    """If this failed, nobody would see who fenced whom and why."""
    record = schema.FencingRecord("n2", "reboot", "success", "ipmi", "n1", "controller", "it was lost", 1700000000)
    daemon.give("/v1/fencing", schema.FencingStatus([schema.DeviceRecord("ipmi", "fence_ipmilan", ["n2"])], [record]))
    out = run("fence", "history")[1]
    assert "reboot of n2: success, by ipmi, on n1, for controller, because it was lost" in out
    assert "ipmi  fence_ipmilan  n2" in run("fence", "devices")[1]
    assert json.loads(run("fence", "history", "--json")[1])["history"][0]["target"] == "n2"


def test_confirming_needs_a_node(daemon, run) -> None:
    """If this failed, a confirmation could be given for nothing."""
    assert run("fence", "confirm")[0] == Exit.USAGE


def test_events_are_printed(daemon, run) -> None:
    """If this failed, nobody could follow what the cluster does."""
    daemon.events = [schema.EventRecord(7, 1700000000123, "fencing", "notice", "n2 is off", {"node": "n2"})]
    assert run("events")[1].endswith("notice  n2 is off node=n2\n")
    assert json.loads(run("events", "--json", "--since", "3")[1])["number"] == 7
    assert daemon.asked[-1][1] == "/v1/events?since=3"


def test_attributes_are_listed(daemon, run) -> None:
    """If this failed, node attributes could not be seen."""
    daemon.give("/v1/attributes", [schema.Attribute("n1", "pingd", "100")])
    assert run("attribute", "list")[1] == "node  name   value  lifetime\nn1    pingd  100    reboot\n"
    assert json.loads(run("attribute", "list", "pingd", "--node", "n1", "--json")[1])[0]["value"] == "100"
    assert daemon.asked[-1][1] == "/v1/attributes?node=n1&name=pingd"


def test_a_plan_is_shown_saved_and_applied(daemon, run, tmp_path: Path) -> None:
    """If this failed, nobody could see what a change does before it is made."""
    daemon.give("/v1/plan", PLAN)
    file, saved = tmp_path / "new.crm", tmp_path / "plan.json"
    file.write_text("primitive app lsb:app\n")
    status, out, _ = run("plan", str(file), "--save", str(saved))
    assert status == Exit.OK
    assert "Start app on n1, because it is new" in out
    assert "+ primitive app" in out
    assert 'primitive id="app"' in daemon.asked[-1][2]["edits"][0]["xml"]
    assert run("apply", str(saved)) == (Exit.OK, "Applied: configuration 0.8.0\n", "")
    assert daemon.asked[-1][1] == "/v1/apply"
    assert daemon.asked[-1][2]["based_on"] == "0.7"


def test_an_outdated_plan_is_refused_with_110(daemon, run, tmp_path: Path) -> None:
    """If this failed, a plan would be carried out on a cluster it was not made for."""
    saved = tmp_path / "plan.json"
    saved.write_bytes(msgspec.json.encode(PLAN))
    daemon.fail("/v1/apply", 409, "the configuration moved since 0.7", 110)
    status, _, err = run("apply", str(saved))
    assert (status, err) == (Exit.OUTDATED, "standfast: the configuration moved since 0.7\n")


def test_a_file_can_be_applied_at_once(daemon, run, tmp_path: Path) -> None:
    """If this failed, every small change would need a file for its plan."""
    daemon.give("/v1/plan", PLAN)
    file = tmp_path / "new.crm"
    file.write_text("primitive app lsb:app\n")
    status, out, _ = run("apply", str(file))
    assert status == Exit.OK
    assert "1 action:" in out
    assert [t for m, t, _ in daemon.asked if m == "POST"] == ["/v1/plan", "/v1/apply"]


def test_a_file_that_is_no_plan_is_refused(daemon, run, tmp_path: Path) -> None:
    """If this failed, any JSON would be applied."""
    file = tmp_path / "plan.json"
    file.write_text('{"colour": "red"}')
    assert run("apply", str(file))[0] == Exit.DATA
    assert run("apply", str(tmp_path / "nothing"))[0] == Exit.NO_INPUT


def test_simulate_asks_for_the_document_and_changes_nothing(daemon, run) -> None:
    """If this failed, nobody could ask what a node's death would do."""
    status, out, err = run("simulate", "stop vip", "--node-down", "n2", "--node-fail", "n1", "--quorum", "no")
    assert (status, err) == (Exit.OK, "")
    for event in ("stop vip", "leave n2", "lose n1", "quorum lost"):
        assert f"{event}: at rest after" in out
    assert {method for method, _, _ in daemon.asked} == {"GET"}


def test_simulate_with_a_file_asks_no_daemon(run) -> None:
    """If this failed, nobody could try a kept input."""
    status, out, _ = run("simulate", "standby n3", "--file", str(GOLDEN / "lost-node" / "input.xml"), "--json")
    assert status == Exit.OK
    (stage,) = json.loads(out)["stages"]
    assert stage["event"] == "standby n3"
    assert list(stage["fencing"]) == ["n1"]
    assert {"action": "Move", "resource": "web", "source": "n1", "target": "n2"} in stage["actions"]


def test_a_floor_that_is_not_kept_ends_with_113(run) -> None:
    """If this failed, a script would begin to patch, and the database would be gone for a while."""
    file = str(GOLDEN / "promotion-moves" / "input.xml")
    status, out, _ = run("simulate", "patch n2", "--file", file, "--at-least", "3 replicas")
    assert status == Exit.UNSATISFIED
    assert "FEWER THAN 3 replicas: 1" in out


def test_a_cluster_that_does_not_come_to_rest_ends_with_113(run, tmp_path: Path) -> None:
    """If this failed, a script would make a cluster whose services move to and fro for ever."""
    file = tmp_path / "cib.xml"
    file.write_text(restless())
    status, out, _ = run("simulate", "online n3", "--file", str(file))
    assert status == Exit.UNSATISFIED
    assert "online n3: does not come to rest" in out


def restless() -> str:
    """Return a cluster of three nodes, one in standby, that balances load, where `a` is kept apart from two others."""
    primitive = '<primitive id="{}" class="ocf" provider="pacemaker" type="Dummy"/>'.format
    apart = '<rsc_colocation id="a-{0}" rsc="a" with-rsc="{0}" score="-INFINITY"/>'.format
    option = '<nvpair id="o-{0}" name="{0}" value="{1}"/>'.format
    up = '<node_state id="{0}" uname="n{0}" in_ccm="true" crmd="online" join="member" expected="member"/>'.format
    return (
        '<cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1"><configuration>'
        '<crm_config><cluster_property_set id="cib-bootstrap-options">'
        f"{option('stonith-enabled', 'false')}{option('placement-strategy', 'balanced')}"
        '</cluster_property_set></crm_config><nodes><node id="1" uname="n1"><instance_attributes id="n1-standby">'
        f"{option('standby', 'true')}</instance_attributes></node>"
        '<node id="2" uname="n2"/><node id="3" uname="n3"/></nodes>'
        f'<resources>{primitive("first")}{primitive("a")}{primitive("b")}<group id="g">{primitive("x")}'
        f"{primitive('y')}</group></resources><constraints>{apart('b')}{apart('g')}</constraints></configuration>"
        f"<status>{up(1)}{up(2)}{up(3)}</status></cib>"
    )


def test_simulate_tells_every_mistake(run) -> None:
    """If this failed, a misspelt event would pass for one that does nothing."""
    file = str(GOLDEN / "lost-node" / "input.xml")
    status, _, err = run("simulate", "los n1", "stop nobody", "--file", file)
    assert status == Exit.CONFIG
    assert "event 1: error: no such verb: 'los' (expected lose?) [what-if.verb]" in err
    assert "event 2: error: no such resource: 'nobody'" in err
    assert run("simulate", "--file", file)[0] == Exit.USAGE


def test_simulate_begins_with_a_change(run, tmp_path: Path) -> None:
    """If this failed, a change could not be tried together with a loss."""
    change = tmp_path / "new.crm"
    change.write_text("location l web -inf: n3\n")
    status, out, _ = run("simulate", "--change", str(change), "-x", str(GOLDEN / "lost-node" / "input.xml"))
    assert status == Exit.OK
    assert out.startswith("change the configuration: at rest after")
    assert "Move web n1 -> n2" in out


TEN = (Path(__file__).parents[1] / "dialects/crm/samples/ten-mistakes.crm").read_text()


def test_verify_finds_every_mistake_and_asks_no_daemon(run, tmp_path: Path) -> None:
    """If this failed, a file could not be checked before it is brought to the cluster."""
    file = tmp_path / "ten.crm"
    file.write_text(TEN)
    status, _, err = run("verify", str(file))
    assert status == Exit.CONFIG
    lines = {int(line.split(":")[1]) for line in err.splitlines() if line.startswith(f"{file}:") and "error" in line}
    assert lines == {2, 3, 4, 5, 6, 8, 9, 10, 11, 12}
    assert err.splitlines()[-1] == f"{file}: 10 mistakes"


def test_a_part_of_a_configuration_is_checked_against_the_cluster(daemon, run, tmp_path: Path) -> None:
    """If this failed, a file that adds to what exists could not be checked."""
    file = tmp_path / "part.crm"
    file.write_text("location l vip 100: n1\n")
    assert run("verify", str(file))[0] == Exit.CONFIG
    status, _, err = run("verify", "--live", str(file))
    assert (status, err) == (Exit.OK, "")
    assert [m for m, _, _ in daemon.asked] == ["GET"]


def test_what_an_order_brought_is_said_in_words(daemon, run) -> None:
    """If this failed, people would have to read JSON."""
    result = json.dumps({"forgotten": [["n1", "app"]], "nodes": ["n1"]})
    daemon.give("/v1/resources/app/cleanup", schema.ChangeAnswer("0.8.0", result=result))
    assert run("cleanup", "app")[1] == "forgotten: app on n1\n"


def test_verify_reads_xml(run, tmp_path: Path) -> None:
    """If this failed, a CIB could not be checked."""
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    head = '<cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config/>'
    tail = "<constraints/></configuration><status/></cib>"
    good.write_text(f"{head}<nodes/><resources/>{tail}")
    bad.write_text(f'{head}<nodes/>\n<resources>\n<primitive id="a" class="ocf" type="x"/></resources>{tail}')
    assert run("verify", str(good))[0] == Exit.OK
    status, _, err = run("verify", str(bad))
    assert status == Exit.CONFIG
    assert f"{bad}:3: error: " in err
    bad.write_text("<cib")
    assert run("verify", str(bad))[0] == Exit.DATA
    assert run("crm_verify", "--xml-file", str(good))[0] == Exit.OK
    assert run("crm_verify", "-X", "<cib")[0] == Exit.CONFIG
    assert run("crm_verify")[0] == Exit.ERROR


def test_the_document_is_queried_and_replaced(daemon, run, tmp_path: Path) -> None:
    """If this failed, the benchmark's `standfast cib replace` would load nothing."""
    assert run("cib", "query", "--scope", "nodes")[1].startswith("<nodes>\n  <node id=")
    file = tmp_path / "new.xml"
    file.write_text(
        "<configuration><crm_config/><nodes/><resources><primitive id='new' class='lsb' type='x'/></resources>"
        "<constraints/></configuration>"
    )
    assert run("cib", "replace", str(file)) == (Exit.OK, "", "")
    assert '<primitive id="new"' in daemon.document.render().decode()
    file.write_text('<resources><primitive id="newer" class="lsb" type="x"/></resources>')
    assert run("cib", "replace", str(file))[0] == Exit.OK
    assert '<primitive id="newer"' in daemon.document.render().decode()
    assert run("cib", "bogus")[0] == Exit.USAGE


def test_a_document_that_is_no_xml_is_refused_here(daemon, run, tmp_path: Path) -> None:
    """If this failed, a torn file would be sent to the cluster."""
    file = tmp_path / "torn.xml"
    file.write_text("<configuration><crm_config>")
    status, _, err = run("cib", "replace", str(file))
    assert status == Exit.CONFIG
    assert err.startswith(f"{file}:1:")
    assert daemon.asked == []
