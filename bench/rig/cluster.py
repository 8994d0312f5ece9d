"""Real daemons as processes of this machine: a sequencer, nodes whose "machine" is their anchor and their services'
files, and a fence agent that takes these away."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from rig import agents
from standfast import errors
from standfast.cli.live.api import Client
from standfast.messaging.live import anchor
from standfast.web import schema

SOURCE = Path(__file__).resolve().parents[2] / "src"
NAMES = ("n1", "n2", "n3")
T = TypeVar("T")


def environment() -> dict[str, str]:
    """Return what programs need to find the sources, and this package."""
    paths = [str(SOURCE), str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


class Cluster:
    """Three nodes in a folder of their own; `memory` is a folder in memory, as /run is, for what ends with the boot.
    `services` holds a file `RESOURCE@NODE` for all that runs. `ocf`: a further folder of OCF providers; `options`: of
    every daemon."""

    def __init__(self, folder: Path, memory: Path, ocf: Path | None = None, options: Sequence[str] = ()) -> None:
        self.folder = folder
        self.memory = memory
        self.services = memory / "services"
        self.services.mkdir()
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        self.fenced: list[str] = []
        self.fencing_works = True
        self.before_kill: Callable[[str], None] = lambda name: None
        own, self._fence = agents.install(folder)
        self._ocf = [path for path in (own, ocf) if path]
        self._options = tuple(options)
        self._anchors: dict[str, socket.socket] = {}
        self._socket = folder / "sequencer"
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self.sequencer = self._start_sequencer()
        self._fencer = threading.Thread(target=self._grant_wishes, daemon=True)
        self._fencer.start()

    # --- processes

    def _start_sequencer(self) -> subprocess.Popen[bytes]:
        config = {"nodes": [{"id": number, "name": name} for number, name in enumerate(NAMES, 1)]}
        words = [str(self._socket), "--config", json.dumps(config)]
        return self._spawn("sequencer", "standfast.messaging.live.sequencer", *words)

    def restart_sequencer(self) -> None:
        """SIGKILL the sequencer, start it again, and let all machines that are on say so."""
        self.sequencer.kill()
        self.sequencer.wait()
        for connection in self._anchors.values():
            connection.close()
        self.sequencer = self._start_sequencer()
        for name in list(self._anchors):
            self._anchors[name] = self.eventually("the sequencer", lambda n=name: self._anchor(n))

    def _spawn(self, name: str, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        with open(self.folder / f"{name}.log", "ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(),
                start_new_session=True,
            )

    def start_daemon(self, name: str) -> None:
        """Start a node's daemon."""
        base = self.folder / name
        arguments = {
            "--node": name, "--node-id": NAMES.index(name) + 1, "--sequencer": self._socket,
            "--state": base / "state", "--run": self.memory / name, "--sbin": base / "sbin",
            "--fence-agents": self._fence,
        }  # fmt: skip
        words = [str(word) for pair in (*arguments.items(), *(("--ocf-agents", o) for o in self._ocf)) for word in pair]
        words += self._options
        self.daemons[name] = self._spawn(name, "standfast.daemons.main", *words)

    def boot(self, name: str) -> None:
        """Switch a machine on and start its daemon; nothing if it is on: a device may have switched it on already."""
        with self._lock:
            if name in self.daemons:
                return
            shutil.rmtree(self.memory / name, ignore_errors=True)
            self._anchors[name] = self.eventually("the sequencer", lambda: self._anchor(name))
            self.start_daemon(name)

    def _anchor(self, name: str) -> socket.socket | None:
        with contextlib.suppress(OSError):
            return anchor.anchor(str(self._socket), NAMES.index(name) + 1)
        return None

    def kill_daemon(self, name: str) -> None:
        """SIGKILL the daemon alone."""
        with self._lock:
            if name in self.daemons:
                self.before_kill(name)
                daemon = self.daemons.pop(name)
                daemon.kill()
                daemon.wait()

    def kill_machine(self, name: str) -> None:
        """Take a whole machine away: its daemon, its services, its presence."""
        with self._lock:
            self.kill_daemon(name)
            for file in self.services.glob(f"*@{name}"):
                file.unlink(missing_ok=True)
            if name in self._anchors:
                self._anchors.pop(name).close()

    def _grant_wishes(self) -> None:
        while not self._ended.wait(0.02):
            for wish in self.services.glob("fence-n?") if self.fencing_works else ():
                name, action = wish.name.removeprefix("fence-"), wish.read_text().strip()
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
        for connection in self._anchors.values():
            connection.close()

    # --- looking

    def api(self, name: str = "") -> Client:
        """Return a client of a node's API; of the first living daemon's if none is named."""
        name = name or min(self.daemons)
        return Client(str(self.memory / name / "api.sock"), timeout_s=60)

    def status(self, name: str = "") -> schema.Status | None:
        """Return a node's status; None while it has none."""
        try:
            return self.api(name).status()
        except errors.StandfastError:
            return None

    def is_online(self) -> bool:
        """Return whether all three daemons see all three online."""
        seen = [self.status(name) for name in list(self.daemons)]
        online = [{n.name for n in s.nodes if n.online} for s in seen if s is not None]
        return len(online) == len(NAMES) and all(names >= set(NAMES) for names in online)

    def is_at_rest(self) -> bool:
        """Return whether all are online and the DC has nothing left to do."""
        if not self.is_online():
            return False
        dc = (self.status() or schema.Status("", "", "", "", 0, schema.QuorumRecord(False), [], [])).dc
        status = self.status(dc) if dc in self.daemons else None
        return status is not None and status.transition == "idle"

    def where(self, resource: str) -> list[str]:
        """Return the nodes on which a resource truly runs."""
        return sorted(f.name.partition("@")[2] for f in self.services.glob(f"{resource}@*"))

    def eventually(self, what: str, test: Callable[[], T], limit_s: float = 60.0) -> T:
        """Return what the test gives as soon as it is true. Raises: SystemExit with the logs' ends after `limit_s`."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            if value := test():
                return value
            time.sleep(0.05)
        raise SystemExit(f"not within {limit_s:.0f} s: {what}\n{self.logs()}")

    def logs(self, lines: int = 20) -> str:
        """Return the ends of all logs."""
        files = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {f.name}\n" + "\n".join(f.read_text().splitlines()[-lines:]) for f in files)

    # --- configuring

    def primitive(self, resource: str, interval: str) -> str:
        """Return a primitive that is monitored so often."""
        return (
            f'<primitive id="{resource}" class="ocf" provider="bench" type="file">'
            f'<instance_attributes id="{resource}-p"><nvpair id="{resource}-p1" name="folder" value="{self.services}"/>'
            f'</instance_attributes><operations><op id="{resource}-m" name="monitor" interval="{interval}"'
            ' timeout="20s"/></operations></primitive>'
        )

    def configuration(
        self, resources: str, constraints: str = "", nodes: str = "", hosts: str = " ".join(NAMES)
    ) -> str:
        """Return a configuration section with these, a fencing device, and stickiness."""
        return f"""<configuration>
 <crm_config><cluster_property_set id="cib-bootstrap-options">
  <nvpair id="o1" name="stonith-enabled" value="true"/><nvpair id="o2" name="daemon-return-timeout" value="10s"/>
 </cluster_property_set></crm_config>
 <nodes>{nodes}</nodes>
 <resources><primitive id="fence" class="stonith" type="fence_rig"><instance_attributes id="fence-p">
  <nvpair id="f1" name="folder" value="{self.services}"/><nvpair id="f2" name="pcmk_host_list" value="{hosts}"/>
  <nvpair id="f3" name="pcmk_host_check" value="static-list"/></instance_attributes></primitive>{resources}</resources>
 <constraints>{constraints}</constraints>
 <rsc_defaults><meta_attributes id="rd"><nvpair id="rd1" name="resource-stickiness" value="100"/></meta_attributes>
 </rsc_defaults></configuration>"""

    def change(self, *edits: schema.Edit) -> None:
        """Change the document."""
        self.api().change(schema.ChangeRequest(list(edits)))


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    """Yield three booted nodes, all online, nothing configured; end them afterwards, with their files."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(prefix="standfast-bench-") as folder,
        tempfile.TemporaryDirectory(prefix="standfast-bench-", dir=memory) as run,
    ):
        made = Cluster(Path(folder), Path(run))
        try:
            for name in NAMES:
                made.boot(name)
            made.eventually("all online", made.is_online)
            yield made
        finally:
            made.end()
