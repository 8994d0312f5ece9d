"""The resource agent of the director, with a table in memory."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
AGENT = ROOT / "src" / "standfast" / "ocf" / "resource.d" / "standfast" / "director"
CONF = """
virtual_server 192.0.2.1 80 {
    delay_loop 60
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 127.0.0.1 9 {
        TCP_CHECK {
        }
    }
}
"""
PATIENCE_S = 60


class Agent:
    """Calls the agent for one resource."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.conf = folder / "keepalived.conf"
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT / "src"),
            "OCF_RESOURCE_INSTANCE": "lb",
            "OCF_RESKEY_config": str(self.conf),
            "OCF_RESKEY_folder": str(folder),
            "OCF_RESKEY_program": f"{sys.executable} -m standfast.daemons.director.command --memory",
        }

    def call(self, action: str) -> tuple[int, str]:
        """Return the status of an action and what it says."""
        done = subprocess.run(
            [AGENT, action], env=self.environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        return done.returncode, done.stdout + done.stderr

    @property
    def pid(self) -> int:
        """Return the director's process."""
        return int((self.folder / "director-lb.pid").read_text())


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    """Return an agent; what it started is ended."""
    made = Agent(tmp_path)
    made.conf.write_text(CONF)
    yield made
    with contextlib.suppress(OSError, ValueError):
        os.kill(made.pid, signal.SIGKILL)


def test_a_resource_starts_answers_and_stops(agent: Agent) -> None:
    """If this failed, a cluster could not run the director."""
    assert agent.call("monitor")[0] == 7
    assert agent.call("start") == (0, "")
    assert agent.call("start")[0] == 0
    assert agent.call("monitor") == (0, "")
    assert agent.call("reload")[0] == 0
    assert agent.call("stop")[0] == 0
    assert agent.call("monitor")[0] == 7
    assert agent.call("stop")[0] == 0
    assert not (agent.folder / "director-lb.ledger").exists()


def test_a_killed_director_is_a_failure_and_is_cleaned_up(agent: Agent) -> None:
    """If this failed, a table that nobody looks after would count as stopped, and would stay."""
    assert agent.call("start")[0] == 0
    os.kill(agent.pid, signal.SIGKILL)
    end = time.monotonic() + PATIENCE_S
    while (said := agent.call("monitor"))[0] == 0:
        assert time.monotonic() < end
    while "is gone, and what it set is left" not in said[1]:
        assert time.monotonic() < end
        said = agent.call("monitor")
    assert said[0] == 1
    assert agent.call("stop")[0] == 0
    assert agent.call("monitor")[0] == 7


def test_what_cannot_start_says_why(agent: Agent) -> None:
    """If this failed, an operator would see a failed start without a reason."""
    agent.conf.unlink()
    status, said = agent.call("start")
    assert (status, "cannot be read" in said) == (5, True)
    agent.conf.write_text("virtual_server 192.0.2.1 80 {\n delay_loop\n}\n")
    status, said = agent.call("start")
    assert status == 6
    assert said.startswith("ocf-exit-reason:")


def test_meta_data_is_well_formed(agent: Agent) -> None:
    """If this failed, no cluster would take the agent."""
    root = ET.fromstring(agent.call("meta-data")[1])
    assert {p.get("name") for p in root.iter("parameter")} >= {"config", "config_id", "namespace"}
    assert {a.get("name") for a in root.iter("action")} >= {"start", "stop", "monitor", "meta-data", "validate-all"}
    assert agent.call("frobnicate")[0] == 3
