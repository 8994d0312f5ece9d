"""A cluster of real daemons as processes of this machine: a sequencer, three daemons, traced agents, a fence agent
that asks the test. A node's "machine" is its anchor at the sequencer and the files of what runs on it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from standfast import errors
from standfast.cli.live.api import Client
from standfast.messaging.live import anchor
from standfast.web import schema

AGENTS = Path(__file__).parent / "agents"
SOURCE = Path(__file__).resolve().parents[3] / "src"
NAMES = ("n1", "n2", "n3")
T = TypeVar("T")

SETUP = """
<configuration>
 <crm_config><cluster_property_set id="cib-bootstrap-options">
  <nvpair id="o1" name="stonith-enabled" value="true"/>
  <nvpair id="o2" name="daemon-return-timeout" value="{patience}s"/>
 </cluster_property_set></crm_config>
 <resources>
  <primitive id="fence" class="stonith" type="fence_traced"><instance_attributes id="fence-p">
   <nvpair id="f1" name="folder" value="{folder}"/><nvpair id="f2" name="pcmk_host_list" value="n1 n2 n3"/>
   <nvpair id="f3" name="pcmk_host_check" value="static-list"/>
  </instance_attributes></primitive>
  {primitives}
 </resources>
 <rsc_defaults><meta_attributes id="rd"><nvpair id="rd1" name="resource-stickiness" value="100"/></meta_attributes>
 </rsc_defaults>
</configuration>
"""
PRIMITIVE = """<primitive id="{id}" class="ocf" provider="test" type="traced">
 <instance_attributes id="{id}-p"><nvpair id="{id}-p1" name="folder" value="{folder}"/></instance_attributes>
 <operations><op id="{id}-m" name="monitor" interval="1s" timeout="20s"/></operations></primitive>"""


class Cluster:
    """Three nodes. `trace` says what agents did; `violations` must stay empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = folder / "world"
        self.world.mkdir()
        self.socket = folder / "sequencer"
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        self.anchors: dict[str, socket.socket] = {}
        self.fenced: list[str] = []
        self.fencing_works = True
        self._ended = threading.Event()
        self.sequencer = self._start_sequencer()
        self._fencer = threading.Thread(target=self._serve_fencing, daemon=True)
        self._fencer.start()

    # --- processes

    def _start_sequencer(self) -> subprocess.Popen[bytes]:
        config = {"nodes": [{"id": i, "name": n} for i, n in enumerate(NAMES, 1)]}
        return self._spawn(
            "sequencer", "standfast.messaging.live.sequencer", str(self.socket), "--config", json.dumps(config)
        )

    def _spawn(self, name: str, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        with open(self.folder / f"{name}.log", "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, "PYTHONPATH": str(SOURCE)}, start_new_session=True,
            )  # fmt: skip

    def start_daemon(self, name: str) -> None:
        """Start a node's daemon."""
        number, base = NAMES.index(name) + 1, self.folder / name
        self.daemons[name] = self._spawn(
            name, "standfast.daemons.main", "--node", name, "--node-id", str(number),
            "--sequencer", str(self.socket), "--state", str(base / "state"), "--run", str(base / "run"),
            "--ocf-agents", str(AGENTS / "ocf"), "--fence-agents", str(AGENTS / "fence"), "--log-level", "debug",
        )  # fmt: skip

    def boot(self, name: str) -> None:
        """Switch a machine on and start its daemon."""
        shutil.rmtree(self.folder / name / "run", ignore_errors=True)
        self.anchors[name] = self.eventually("anchor", lambda: self._anchor(name))
        self.start_daemon(name)

    def _anchor(self, name: str) -> socket.socket | None:
        with contextlib.suppress(OSError):
            return anchor.anchor(str(self.socket), NAMES.index(name) + 1)
        return None

    def kill_daemon(self, name: str) -> None:
        """SIGKILL the daemon alone."""
        daemon = self.daemons.pop(name)
        daemon.kill()
        daemon.wait()

    def kill_machine(self, name: str) -> None:
        """Take a whole machine away: daemon, agents, and everything that runs there."""
        if name in self.daemons:
            self.kill_daemon(name)
        for file in self.world.glob(f"*@{name}"):
            file.unlink()
        if name in self.anchors:
            self.anchors.pop(name).close()

    def _serve_fencing(self) -> None:
        while not self._ended.wait(0.005):
            for wish in self.world.glob("fence-n?"):
                if self.fencing_works:
                    name, action = wish.name.removeprefix("fence-"), wish.read_text()
                    self.kill_machine(name)
                    self.fenced.append(name)
                    wish.unlink()
                    if action == "reboot":
                        self.boot(name)

    def end(self) -> None:
        """End everything that was started."""
        self._ended.set()
        self._fencer.join()
        for process in (*self.daemons.values(), self.sequencer):
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()
        for connection in self.anchors.values():
            connection.close()

    # --- looking

    def api(self, name: str = "") -> Client:
        """Return a client of a node's API; of the first living daemon's if none is named."""
        name = name or min(self.daemons)
        return Client(str(self.folder / name / "run" / "api.sock"), timeout_s=30)

    def status(self, name: str = "") -> schema.Status | None:
        """Return a node's status; None while it has none."""
        try:
            return self.api(name).status()
        except errors.StandfastError:
            return None

    def where(self, resource: str) -> list[str]:
        """Return the nodes on which a resource truly runs."""
        return sorted(f.name.partition("@")[2] for f in self.world.glob(f"{resource}@*"))

    def trace(self) -> list[tuple[str, str, str]]:
        """Return what agents did: (action, resource, node)."""
        file = self.world / "trace"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(a, r, n) for a, r, n in (line.split() for line in lines)]

    def violations(self) -> str:
        """Return what must not have happened."""
        file = self.world / "violations"
        return file.read_text() if file.exists() else ""

    def eventually(self, what: str, test: Callable[[], T], limit_s: float = 60.0) -> T:
        """Return what the test gives as soon as it is true. Fails with the logs' ends after `limit_s`."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            if value := test():
                return value
            time.sleep(0.02)
        pytest.fail(f"not within {limit_s:.0f} s: {what}\n{self.logs()}")

    def logs(self, lines: int = 60) -> str:
        """Return the ends of all logs."""
        texts = [
            (f.name, f.read_text(errors="replace").splitlines()[-lines:]) for f in sorted(self.folder.glob("*.log"))
        ]
        return "\n".join("\n".join([f"--- {name}", *text]) for name, text in texts)

    # --- steps

    def configure(self, resources: str = "a b c", patience: float = 60) -> None:
        """Load the traced resources."""
        primitives = "".join(PRIMITIVE.format(id=r, folder=self.world) for r in resources.split())
        text = SETUP.format(folder=self.world, primitives=primitives, patience=patience)
        self.api().change(schema.ChangeRequest([schema.Edit("replace", text, "configuration")]))

    def all_online(self) -> bool:
        """Return whether every living daemon sees every living daemon online."""
        seen = [self.status(name) for name in self.daemons]
        return all(s is not None and {n.name for n in s.nodes if n.online} >= set(self.daemons) for s in seen)

    def runs(self, *resources: str) -> bool:
        """Return whether each runs on exactly one node."""
        return all(len(self.where(r)) == 1 for r in resources)

    def at_rest(self) -> bool:
        """Return whether the DC has nothing left to do."""
        status = self.status()
        return status is not None and status.transition == "idle"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Three booted nodes, all online, nothing configured."""
    made = Cluster(tmp_path)
    try:
        for name in NAMES:
            made.boot(name)
        made.eventually("all online", made.all_online)
        yield made
    finally:
        made.end()


@pytest.fixture
def running(cluster: Cluster) -> Cluster:
    """Three nodes that run the resources a, b and c."""
    cluster.configure()
    cluster.eventually("all resources run", lambda: cluster.runs("a", "b", "c"))
    cluster.eventually("at rest", cluster.at_rest)
    return cluster
