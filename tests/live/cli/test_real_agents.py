"""Real OCF agents of the distribution with our tools, against a daemon's API on a Unix socket."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path("/usr/lib/ocf")
_FAKE = Path(__file__).parents[2] / "unit" / "cli" / "tools" / "conftest.py"

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(not (ROOT / "resource.d/pacemaker").is_dir(), reason="no pacemaker-resource-agents here"),
    pytest.mark.skipif(os.geteuid() != 0, reason="agents write below /run: root is needed"),
]


def _fake() -> Any:
    spec = importlib.util.spec_from_file_location("tools_fake_daemon", _FAKE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Agents:
    """Runs agents as the executor does, with our tools first in PATH and as HA_SBIN_DIR."""

    def __init__(self, folder: Path, server: Any, fake: Any) -> None:
        self.daemon, self.folder = server, folder
        fake.installing.install(str(folder / "sbin"))

    def __call__(self, agent: str, action: str, **parameters: str) -> int:
        sbin = str(self.folder / "sbin")
        provider, kind = agent.split(":")
        environment = {
            "PATH": f"{sbin}:/usr/sbin:/usr/bin:/sbin:/bin",
            "HA_SBIN_DIR": sbin,
            "HA_RSCTMP": str(self.folder),
            "OCF_ROOT": str(ROOT),
            "OCF_RA_VERSION_MAJOR": "1",
            "OCF_RA_VERSION_MINOR": "1",
            "OCF_RESOURCE_INSTANCE": "db",
            "OCF_RESOURCE_TYPE": kind,
            "OCF_RESKEY_crm_feature_set": "3.20.5",
            "OCF_RESKEY_CRM_meta_interval": "0",
            "OCF_RESKEY_CRM_meta_timeout": "20000",
            "STANDFAST_SOCKET": self.daemon.path,
        }
        environment |= {f"OCF_RESKEY_{k}": v for k, v in parameters.items()}
        program = ROOT / "resource.d" / provider / kind
        if not program.exists():
            pytest.skip(f"no agent {agent} here")
        done = subprocess.run(
            [program, action], env=environment, capture_output=True, text=True, check=False, timeout=90
        )
        print(done.stdout, done.stderr)
        return done.returncode


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Agents]:
    fake = _fake()
    server = fake.Daemon(str(tmp_path / "api.sock"))
    server.attributes.clear()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield Agents(tmp_path, server, fake)
    server.shutdown()
    thread.join()
    server.server_close()


def test_stateful_sets_its_promotion_score(run: Agents, tmp_path: Path) -> None:
    """No instance of a promotable clone would ever be promoted."""
    state = str(tmp_path / "state")
    assert run("pacemaker:Stateful", "start", state=state) == 0
    assert run.daemon.attributes == {("n1", "master-db", "reboot"): "5"}
    assert run("pacemaker:Stateful", "promote", state=state) == 0
    assert run.daemon.attributes == {("n1", "master-db", "reboot"): "10"}
    assert run("pacemaker:Stateful", "monitor", state=state) == 8
    assert run("pacemaker:Stateful", "demote", state=state) == 0
    assert run("pacemaker:Stateful", "stop", state=state) == 0
    assert run.daemon.attributes == {}


def test_heartbeat_stateful(run: Agents, tmp_path: Path) -> None:
    """Agents that use `ocf_promotion_score` would not be promoted."""
    state = str(tmp_path / "state")
    assert run("heartbeat:Stateful", "start", state=state) == 0
    assert run.daemon.attributes == {("n1", "master-db", "reboot"): "5"}
    assert run("heartbeat:Stateful", "stop", state=state) == 0
    assert run.daemon.attributes == {}


def test_attribute_reads_its_own_back(run: Agents, tmp_path: Path) -> None:
    """The agent compares what attrd_updater prints: another form is a failed monitor."""
    parameters = {"state": str(tmp_path / "state"), "name": "opt", "active_value": "1", "inactive_value": "0"}
    assert run("pacemaker:attribute", "start", **parameters) == 0
    assert run.daemon.attributes == {("n1", "opt", "reboot"): "1"}
    assert run("pacemaker:attribute", "monitor", **parameters) == 0
    assert run("pacemaker:attribute", "stop", **parameters) == 0
    assert run.daemon.attributes == {("n1", "opt", "reboot"): "0"}
    assert run("pacemaker:attribute", "monitor", **parameters) == 7


@pytest.mark.slow
def test_ping_counts_hosts(run: Agents, tmp_path: Path) -> None:
    """Location rules on pingd would never hold."""
    if shutil.which("ping") is None:
        pytest.skip("no ping here")
    parameters = {"pidfile": str(tmp_path / "pid"), "host_list": "127.0.0.1", "multiplier": "1000", "dampen": "1s"}
    assert run("pacemaker:ping", "start", attempts="1", timeout="5", **parameters) == 0
    assert run.daemon.attributes == {("n1", "pingd", "reboot"): "1000"}
    assert run("pacemaker:ping", "monitor", attempts="1", timeout="5", **parameters) == 0
    assert run("pacemaker:ping", "stop", **parameters) == 0
    assert run.daemon.attributes == {}


def test_sysinfo_tells_what_the_node_has(run: Agents, tmp_path: Path) -> None:
    """Rules on a node's memory or load would have nothing to compare."""
    assert run("pacemaker:SysInfo", "start", pidfile=str(tmp_path / "pid"), delay="0s") == 0
    names = {name for _, name, _ in run.daemon.attributes}
    assert {"arch", "os", "cpu_cores"} <= names
    assert run("pacemaker:SysInfo", "stop", pidfile=str(tmp_path / "pid")) == 0
