"""A lab whose nodes run Corosync: the daemons find out who they are, and all of it goes with the node."""

import json
import shutil
import sys
import time
from collections.abc import Callable

import pytest

from standfast.lab.live import control

pytestmark = [pytest.mark.live, pytest.mark.slow]

LIMIT_S = 60.0
DAEMON = (
    sys.executable,
    "-m",
    "standfast.daemons.main",
    "--engine",
    "corosync",
    "--run",
    "/tmp/r",
    "--state",
    "/tmp/s",
)


def until(condition: Callable[[], bool], what: str) -> None:
    limit = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < limit, what
        time.sleep(0.1)


def status(lab: control.Lab, node: str) -> dict:
    code, text = lab.output(node, "standfast", "status", "--json")
    return json.loads(text) if code == 0 else {"nodes": [], "quorum": {"quorate": False}}


def online(lab: control.Lab, node: str) -> set[str]:
    return {n["name"] for n in status(lab, node)["nodes"] if n.get("state") == "online"}


@pytest.fixture
def lab(start: Callable[..., control.Lab]) -> control.Lab:
    """Return three nodes with Corosync and the daemon, all online."""
    if not shutil.which("corosync"):
        pytest.skip("needs corosync")
    made = start(with_daemon=True, engine="corosync")
    until(lambda: online(made, "n1") == {"n1", "n2", "n3"}, "all online")
    return made


def test_daemons_take_their_names_from_corosync(lab: control.Lab) -> None:
    """A node would have one name here and another one in corosync.conf, and be fenced under the wrong one."""
    assert status(lab, "n2")["node"] == "n2"
    assert status(lab, "n2")["engine"] == "corosync"
    code, said = lab.output("n2", *DAEMON, "--node", "somebody")
    assert code == 69
    assert "the node is somebody here and n2 in corosync.conf" in said


def test_a_node_and_a_corosync_that_died_come_back(lab: control.Lab) -> None:
    """An operator who kills things on purpose would end up with a broken lab."""
    lab.off("n3")
    until(lambda: online(lab, "n1") == {"n1", "n2"}, "n3 gone")
    lab.boot("n3")
    until(lambda: online(lab, "n1") == {"n1", "n2", "n3"}, "n3 back")
    lab.output("n2", "pkill", "-KILL", "-x", "corosync")
    until(lambda: online(lab, "n1") == {"n1", "n3"}, "n2 out")
    until(lambda: not lab.start_daemon("n2") and lab.output("n2", "pgrep", "-x", "corosync")[0] == 0, "started")
    until(lambda: online(lab, "n1") == {"n1", "n2", "n3"}, "n2 back")
    until(lambda: online(lab, "n2") == {"n1", "n2", "n3"}, "n2 knows")
    assert status(lab, "n2")["quorum"]["quorate"]


def test_a_clean_stop_is_no_loss(lab: control.Lab) -> None:
    """A node that was stopped on purpose would be fenced."""
    assert lab.output("n3", "standfast", "stop")[0] == 0
    until(lambda: online(lab, "n1") == {"n1", "n2"}, "n3 stopped")
    state = next(n for n in status(lab, "n1")["nodes"] if n["name"] == "n3")
    assert state["state"] == "offline", state
    assert not state.get("unclean", False), state


def test_all_nodes_die_at_once_and_agree_again(lab: control.Lab) -> None:
    """A power cut in the room would lose what was acknowledged, or leave nodes with different documents."""
    assert lab.output("n2", "standfast", "crm", "configure", "property", "batch-limit=7")[0] == 0
    for name in ("n1", "n2", "n3"):
        lab.kill(name)
    for name in ("n1", "n2", "n3"):
        lab.boot(name)
    until(lambda: all(online(lab, n) == {"n1", "n2", "n3"} for n in ("n1", "n2", "n3")), "all back")

    def documents() -> set[str]:
        return {lab.output(name, "standfast", "cib", "query")[1] for name in ("n1", "n2", "n3")}

    until(lambda: len(documents()) == 1, "one document")
    assert 'value="7"' in documents().pop()
