"""Three real daemons on the embedded engine: what an operator relies on."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest

from standfast import errors
from standfast.web import schema

pytestmark = [pytest.mark.live, pytest.mark.slow]


def test_each_resource_runs_once(running: Any) -> None:
    """A service would run nowhere, or twice."""
    assert running.runs("a", "b", "c")
    assert running.violations() == ""
    assert {action for action, _, _ in running.trace()} == {"start"}


def test_all_nodes_hold_the_same_document(running: Any) -> None:
    """What an operator reads would depend on the node that is asked."""

    def same() -> bool:
        return len({running.api(name).cib() for name in running.daemons}) == 1

    running.eventually("the documents are equal", same)
    assert b'id="a"' in running.api("n2").cib()


def test_a_dead_node_is_fenced_before_its_services_run_elsewhere(running: Any) -> None:
    """Two nodes would write to one file system."""
    (home,) = running.where("a")
    lost = {r for r in "abc" if running.where(r) == [home]}
    running.fencing_works = False
    running.kill_machine(home)
    running.eventually("fencing is asked for", lambda: list(running.services.glob("fence-*")))
    assert all(running.where(r) == [] for r in lost)
    running.fencing_works = True
    running.eventually("all run again", lambda: running.runs("a", "b", "c"))
    assert running.fenced == [home]
    assert running.violations() == ""
    history = running.api().fencing().history
    assert [(r.target, r.state) for r in history if r.state == "success"] == [(home, "success")]


def test_a_daemon_that_comes_back_reclaims_what_runs(running: Any) -> None:
    """A crash of our own program would restart the operator's services, or fence the node."""
    before = running.trace()
    for name in ("n1", "n2", "n3"):
        running.kill_daemon(name)
        running.start_daemon(name)
        running.eventually(f"{name} is back", running.all_online)
        running.eventually("at rest", running.at_rest)
    assert running.trace() == before
    assert running.fenced == []


def test_a_daemon_that_stays_away_has_its_node_fenced(cluster: Any) -> None:
    """Services of a node that nobody looks after would be lost for ever."""
    running = cluster
    running.configure(patience=2)
    running.eventually("all run", lambda: running.runs("a", "b", "c"))
    running.eventually("at rest", running.at_rest)
    (home,) = running.where("a")
    running.kill_daemon(home)
    running.eventually("the node is fenced", lambda: running.fenced == [home])
    running.eventually("all run again", lambda: running.runs("a", "b", "c") and running.where("a") != [home])
    assert running.violations() == ""


def test_orders_of_an_operator(running: Any) -> None:
    """An operator could not move, stop or look after a service."""
    api = running.api()
    (home,) = running.where("a")
    target = min({"n1", "n2", "n3"} - {home})
    api.order_resource("a", "move", schema.Order(node=target))
    running.eventually("a moved", lambda: running.where("a") == [target])
    api.order_resource("a", "clear", schema.Order())
    api.order_node(target, "standby", schema.Order())
    running.eventually("a left the node in standby", lambda: running.where("a") not in ([], [target]))
    api.order_node(target, "online", schema.Order())
    api.order_resource("b", "stop", schema.Order())
    running.eventually("b stopped", lambda: running.where("b") == [])
    api.order_resource("b", "start", schema.Order())
    running.eventually("b runs again", lambda: len(running.where("b")) == 1)
    running.eventually("at rest", running.at_rest)
    assert running.violations() == ""


def test_a_restart_is_over_when_it_is_answered(running: Any) -> None:
    """A script that restarts a service and goes on would find it stopped."""
    before = len(running.trace())
    running.api().order_resource("c", "restart", schema.Order())
    running.eventually("c runs", lambda: len(running.where("c")) == 1)
    running.eventually("both are traced", lambda: len(running.trace()) >= before + 2)
    assert [(action, what) for action, what, _ in running.trace()[before:]] == [("stop", "c"), ("start", "c")]


def test_a_dead_service_is_restarted_in_place(running: Any) -> None:
    """A crashed process would stay down, or cost a fail-over."""
    (home,) = running.where("b")
    (running.services / f"b@{home}").unlink()
    running.eventually("b runs again", lambda: running.where("b") == [home])
    status = running.eventually("the failure is shown", lambda: (s := running.status()) and s.failures and s)
    assert [(f.node, f.exit_code) for f in status.failures if f.operation.startswith("b_monitor")] == [(home, 7)]
    running.api().order_resource("b", "cleanup", schema.Order())
    running.eventually("the failure is forgotten", lambda: (s := running.status()) and not s.failures)
    assert running.fenced == []


def test_without_quorum_nothing_runs_and_nobody_is_fenced(running: Any) -> None:
    """Two halves of a cluster would both run the service."""
    running.fencing_works = False
    running.kill_machine("n1")
    running.kill_machine("n2")
    running.eventually("n3 stops what it ran", lambda: all(running.where(r) == [] for r in "abc"))
    with pytest.raises(errors.RequestError) as refused:
        running.api("n3").order_resource("a", "stop", schema.Order())
    assert refused.value.exit_status == errors.Exit.QUORUM
    for wish in running.services.glob("fence-*"):
        wish.unlink()
    running.boot("n1")
    running.boot("n2")
    running.fencing_works = True
    running.eventually("all run again", lambda: running.runs("a", "b", "c"))
    assert running.violations() == ""


def test_configuration_outlives_the_loss_of_all_machines(running: Any) -> None:
    """A power cut would cost the configuration."""
    running.api().order_resource("b", "stop", schema.Order())
    running.eventually("b stopped", lambda: running.where("b") == [])
    for name in ("n1", "n2", "n3"):
        running.kill_machine(name)
    for name in ("n1", "n2", "n3"):
        running.boot(name)
    running.eventually("a and c run again", lambda: running.runs("a", "c"))
    assert running.where("b") == []
    assert b'name="target-role" value="Stopped"' in running.api("n3").cib()


def test_the_engine_may_die_and_come_back(running: Any) -> None:
    """The embedded engine's own crash would be an outage."""
    running.restart_sequencer()
    running.eventually("all online", running.all_online)
    running.eventually("all run", lambda: running.runs("a", "b", "c"))
    running.api().order_resource("b", "stop", schema.Order())
    running.eventually("b stopped", lambda: running.where("b") == [])
    assert running.violations() == ""


def test_bad_configuration_changes_nothing(running: Any) -> None:
    """A typing mistake would take services down."""
    before = running.api().cib("configuration")
    bad = '<rsc_location id="x" rsc="nothing" node="n1" score="blue"/>'
    with pytest.raises(errors.ConfigError) as refused:
        running.api().change(schema.ChangeRequest([schema.Edit("create", bad, "constraints")]))
    assert len(refused.value.reports) >= 2
    assert running.api().cib("configuration") == before


def test_a_stranger_is_refused(running: Any) -> None:
    """Any local user could stop the cluster."""
    if os.geteuid() != 0 or not os.path.exists("/usr/bin/python3"):
        pytest.skip("only root can be somebody else, with the system's python3")
    path = running.memory / "n1" / "api.sock"
    for folder in (path.parent, *path.parents):
        if folder.is_relative_to(running.folder.parent.parent):
            folder.chmod(0o755)
    code = (
        "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
        "s.sendall(b'GET /v1/status HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n');"
        "print(s.recv(65536).decode())"
    )
    command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "/usr/bin/python3", "-c", code]
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False, cwd="/")
    if "Permission denied" in done.stderr:
        pytest.skip("another user cannot reach the test's folder here")
    assert " 403 " in done.stdout.splitlines()[0], done
