"""The crm shell's commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from standfast.cli.crm import session
from standfast.errors import Exit


def configured(daemon) -> str:
    return daemon.document.render().decode()


def test_a_statement_is_carried_out(daemon, run) -> None:
    """If this failed, the notebook's lines would configure nothing."""
    status, out, _ = run(
        "crm", "configure", "primitive", "app", "Dummy", "params", "state=two words", "op", "monitor", "interval=20"
    )
    assert (status, out) == (Exit.OK, "")
    assert 'name="state" value="two words"' in configured(daemon)
    assert daemon.document.version.epoch == 8


def test_a_wrong_statement_changes_nothing(daemon, run) -> None:
    """If this failed, half of a wrong configuration would be applied."""
    before = configured(daemon)
    status, _, err = run("crm", "configure", "primitive", "app", "Dummy", "op", "monitr")
    assert status == Exit.CONFIG
    assert "'monitr' is no operation (expected monitor) [crm.operation]" in err
    assert "1 mistake; nothing was changed" in err
    assert configured(daemon) == before
    assert all(method == "GET" for method, _, _ in daemon.asked)


def test_a_file_is_loaded(daemon, run, tmp_path: Path) -> None:
    """If this failed, configurations could not be kept in files."""
    file = tmp_path / "web.crm"
    file.write_text("primitive app lsb:app\ngroup web vip app\nproperty stonith-enabled=false\n")
    assert run("crm", "-F", "configure", "load", "update", str(file))[0] == Exit.OK
    assert run("crm", "configure", "show", "web") == (Exit.OK, "group web vip app\n", "")


def test_xml_is_loaded(daemon, run, tmp_path: Path) -> None:
    """If this failed, a configuration saved by Pacemaker could not be loaded."""
    file = tmp_path / "web.xml"
    file.write_text(
        '<configuration><crm_config/><nodes/><resources><primitive id="only" class="lsb" type="x"/></resources>'
        "<constraints/></configuration>"
    )
    assert run("crm", "configure", "load", "xml", "replace", str(file))[0] == Exit.OK
    assert run("crm", "configure", "show")[1] == "primitive only lsb:x\n"


def test_every_mistake_in_a_file_is_shown_with_its_line(daemon, run, tmp_path: Path) -> None:
    """If this failed, a file would have to be mended one message at a time."""
    file = tmp_path / "bad.crm"
    file.write_text("primitve a Dummy\nlocation l nothing 1: n1\n")
    status, _, err = run("crm", "configure", "load", "update", str(file))
    assert status == Exit.CONFIG
    assert f"{file}:1:1: error: 'primitve' is no command" in err
    assert f"{file}:2:12: error: 'nothing' is not defined" in err


def test_a_change_that_meets_another_is_made_again(daemon, run) -> None:
    """If this failed, two operators at once would get errors, or one would undo the other."""
    first = daemon.document

    class Moves:
        done = False

    answer = daemon.answer

    def moving(method: str, target: str, body: bytes):
        if method == "POST" and not Moves.done:
            Moves.done = True
            daemon.document = first.copy()
            daemon.document.root.set("epoch", "9")
        return answer(method, target, body)

    daemon.answer = moving
    assert run("crm", "configure", "property", "maintenance-mode=true")[0] == Exit.OK
    assert [m for m, _, _ in daemon.asked] == ["GET", "POST", "GET", "POST"]
    assert "maintenance-mode" in configured(daemon)


def test_nothing_is_sent_when_nothing_changes(daemon, run) -> None:
    """If this failed, a configuration loaded every hour would raise the version every hour."""
    assert run("crm", "configure", "set", "vip.ip", "10.0.0.1")[0] == Exit.OK
    assert [m for m, _, _ in daemon.asked] == ["GET"]


def test_show_says_what_is_not_there(daemon, run) -> None:
    """If this failed, a typing mistake in an id would look like an empty configuration."""
    status, _, err = run("crm", "configure", "show", "vpi")
    assert status == Exit.NO_SUCH
    assert "'vpi' is not defined" in err


def test_show_xml_is_the_document_without_status(daemon, run) -> None:
    """If this failed, `show xml` could not be loaded again."""
    out = run("crm", "configure", "show", "xml", "vip")[1]
    assert out.startswith("<cib ")
    assert '<primitive id="vip"' in out
    assert "<status" not in out


def test_the_configuration_is_saved(daemon, run, tmp_path: Path) -> None:
    """If this failed, a configuration could not be kept before a change."""
    file = tmp_path / "saved.crm"
    assert run("crm", "configure", "save", str(file))[0] == Exit.OK
    assert file.read_text().splitlines()[:2] == ["node 1: n1", "node 2: n2"]
    assert run("crm", "configure", "save", str(tmp_path / "no" / "where"))[0] == Exit.IO


def test_small_questions_are_answered(daemon, run) -> None:
    """If this failed, scripts that ask for a property would break."""
    run("crm", "configure", "property", "stonith-enabled=false")
    assert run("crm", "configure", "get-property", "stonith-enabled")[1] == "false\n"
    assert run("crm", "configure", "get_property", "nothing")[0] == Exit.NO_SUCH
    assert run("crm", "configure", "schema")[1] == "pacemaker-3.9\n"
    assert run("crm", "configure", "commit")[0] == Exit.OK
    assert run("crm", "configure", "verify")[0] == Exit.OK


def test_words_may_be_shortened(daemon, run) -> None:
    """If this failed, habits of the crm shell would not work."""
    assert run("crm", "cfg", "show", "vip")[1].startswith("primitive vip")
    assert run("crm", "conf", "prop", "maintenance-mode=true")[0] == Exit.OK
    assert session.complete("cfg", ["configure", "cluster"]) == "configure"
    assert session.complete("c", ["configure", "cluster"]) is None
    assert session.complete("stop", ["start", "stop", "stopper"]) == "stop"


@pytest.mark.parametrize(
    ("words", "path", "body"),
    [
        (["resource", "stop", "vip"], "/v1/resources/vip/stop", {}),
        (["-w", "resource", "start", "vip"], "/v1/resources/vip/start", {"wait": True}),
        (["resource", "move", "vip", "n2", "PT1H", "force"], "/v1/resources/vip/move",
         {"node": "n2", "lifetime": "PT1H", "force": True}),
        (["resource", "unban", "vip"], "/v1/resources/vip/clear", {}),
        (["resource", "cleanup", "vip", "n1"], "/v1/resources/vip/cleanup", {"node": "n1"}),
        (["resource", "failcount", "vip", "delete", "n1"], "/v1/resources/vip/cleanup", {"node": "n1"}),
        (["node", "standby", "n2", "reboot"], "/v1/nodes/n2/standby", {"lifetime": "reboot"}),
        (["node", "online"], "/v1/nodes/n1/online", {}),
        (["node", "fence", "n2"], "/v1/nodes/n2/fence", {}),
        (["-F", "node", "clearstate", "n2"], "/v1/nodes/n2/confirm", {"force": True}),
        (["node", "status-attr", "n2", "set", "pingd", "100"], "/v1/attributes",
         {"node": "n2", "name": "pingd", "value": "100"}),
        (["node", "status-attr", "n2", "delete", "pingd"], "/v1/attributes", {"node": "n2", "name": "pingd"}),
        (["cluster", "stop"], "/v1/stop", {}),
    ],
)  # fmt: skip
def test_orders_reach_the_daemon(daemon, run, words: list[str], path: str, body: dict[str, object]) -> None:
    """If this failed, an order would do something else than it says."""
    assert run("crm", *words)[0] == Exit.OK
    method, target, sent = daemon.asked[-1]
    assert (method, target) == ("POST", path)
    assert {k: v for k, v in sent.items() if v not in (None, "", False, 0)} == body


def test_attributes_of_a_resource_are_managed(daemon, run) -> None:
    """If this failed, `crm resource meta` would not change the configuration."""
    assert run("crm", "resource", "meta", "vip", "set", "target-role", "Stopped")[0] == Exit.OK
    assert run("crm", "resource", "meta", "vip", "show", "target-role")[1] == "Stopped\n"
    assert run("crm", "resource", "param", "vip", "show", "ip")[1] == "10.0.0.1\n"
    assert run("crm", "resource", "meta", "vip", "delete", "target-role")[0] == Exit.OK
    assert run("crm", "resource", "meta", "vip", "show", "target-role")[0] == Exit.NO_SUCH
    assert run("crm", "resource", "maintenance", "vip")[0] == Exit.OK
    assert 'name="maintenance" value="true"' in configured(daemon)
    assert run("crm", "node", "attribute", "n2", "set", "rack", "7")[0] == Exit.OK
    assert run("crm", "node", "show", "n2")[1] == "node 2: n2 \\\n\tattributes rack=7\n"


def test_where_a_resource_is(daemon, run) -> None:
    """If this failed, `crm resource locate` would not say where a resource runs."""
    assert run("crm", "resource", "locate", "vip")[1] == "resource vip is running on: n1\n"
    assert run("crm", "resource", "locate", "app")[1] == "resource app is NOT running\n"
    assert run("crm", "resource", "locate", "nothing")[0] == Exit.NO_SUCH
    assert run("crm", "resource", "failcount", "app", "show", "n1")[1] == ("scope=status name=fail-count-app value=2\n")


def test_constraints_of_a_resource(daemon, run) -> None:
    """If this failed, nobody would see what ties a resource to a node."""
    run("crm", "configure", "location", "l1", "vip", "100:", "n1")
    assert run("crm", "resource", "constraints", "vip")[1] == "location l1 vip 100: n1\n"


def test_cleanup_of_everything_asks_every_node(daemon, run) -> None:
    """If this failed, failures on other nodes would stay."""
    assert run("crm", "resource", "cleanup")[0] == Exit.OK
    posts = [target for method, target, _ in daemon.asked if method == "POST"]
    assert posts == ["/v1/nodes/n1/cleanup", "/v1/nodes/n2/cleanup"]


@pytest.mark.parametrize(
    "words",
    [[], ["bogus"], ["resource"], ["resource", "jump", "vip"], ["resource", "meta", "vip", "set", "x"],
     ["node", "fence"], ["configure", "load", "somehow", "f"], ["configure", "load"], ["cib", "new", "x"],
     ["resource", "maintenance", "vip", "perhaps"], ["node", "status-attr", "n1", "put", "x"]],
)  # fmt: skip
def test_wrong_use_is_64(daemon, run, words: list[str]) -> None:
    """If this failed, scripts could not tell a typing mistake from a refusal."""
    assert run("crm", *words)[0] == Exit.USAGE


def test_a_refusal_is_passed_on(daemon, run) -> None:
    """If this failed, an order without quorum would look as if it had been done."""
    daemon.fail("/v1/resources/vip/start", 503, "no quorum", 106)
    status, _, err = run("crm", "resource", "start", "vip")
    assert (status, err) == (Exit.QUORUM, "standfast: no quorum\n")


def test_agents_of_this_machine(run, tmp_path: Path, environ) -> None:
    """If this failed, `crm ra` would not find agents."""
    agent = tmp_path / "resource.d" / "acme" / "Thing"
    agent.parent.mkdir(parents=True)
    agent.write_text("#!/bin/sh\necho '<resource-agent name=\"Thing\"/>'\n")
    agent.chmod(0o755)
    with environ(OCF_ROOT=str(tmp_path)):
        assert run("crm", "ra", "list", "ocf")[1] == "Thing\n"
        assert "ocf / acme" in run("crm", "ra", "classes")[1]
        assert run("crm", "ra", "providers", "Thing")[1] == "acme\n"
        assert run("crm", "ra", "info", "ocf:acme:Thing")[1] == '<resource-agent name="Thing"/>\n'
        assert run("crm", "ra", "info", "ocf:acme:Other")[0] == Exit.NO_SUCH


def test_status_of_resources_is_a_table(daemon, run) -> None:
    """If this failed, `crm resource status` would print nothing useful."""
    assert run("crm", "resource", "status", "web")[1] == (
        "Resources\n  web (group)\n    vip  ocf:heartbeat:IPaddr2  Started  n1\n"
        "    app  lsb:app                Stopped  failures n1: 2\n"
    )
