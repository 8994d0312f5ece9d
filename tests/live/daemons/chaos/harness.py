"""Three nodes on real Corosyncs whose services hold locks: what tests and the chaos program do faults to."""

from __future__ import annotations

import contextlib
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from standfast.errors import LiveError, RequestError, StandfastError
from standfast.lab import topology
from standfast.lab.live import control, launch, node_api, setup
from standfast.web import schema

AGENTS = Path(__file__).parent / "agents"
PROGRAMS = ("corosync", "ip", "pgrep", "flock", "setsid")
NODES = 3
RESOURCES = ("a", "b", "c", "d")
LIMIT_S = 60.0
ASK_S = 5.0
RETURN_S = 10  # a daemon that is started again on a busy machine is back by then
T = TypeVar("T")

SETUP = """<configuration>
 <crm_config><cluster_property_set id="cib-bootstrap-options">
  <nvpair id="o1" name="stonith-enabled" value="true"/><nvpair id="o2" name="no-quorum-policy" value="{policy}"/>
  <nvpair id="o3" name="daemon-return-timeout" value="{return_s}s"/>
 </cluster_property_set></crm_config>
 <resources>
  <primitive id="fence" class="stonith" type="fence_held"><instance_attributes id="fence-p">
   <nvpair id="f1" name="pcmk_host_list" value="{hosts}"/><nvpair id="f2" name="pcmk_host_check" value="static-list"/>
  </instance_attributes></primitive>
  {a}{b}<group id="web">{c}{d}</group>
 </resources>
 <rsc_defaults><meta_attributes id="rd"><nvpair id="rd1" name="resource-stickiness" value="100"/></meta_attributes>
 </rsc_defaults></configuration>"""
PRIMITIVE = """<primitive id="{id}" class="ocf" provider="test" type="locked"><instance_attributes id="{id}-p">
 <nvpair id="{id}-p1" name="folder" value="/run/lab/store"/><nvpair id="{id}-p2" name="world" value="{world}"/>
 </instance_attributes><operations><op id="{id}-m" name="monitor" interval="2s" timeout="20s"/></operations></primitive>
"""


def missing() -> str:
    """Return what lacks, empty if nothing does."""
    lacking = [name for name in PROGRAMS if not shutil.which(name)]
    return f"needs {', '.join(lacking)}" if lacking else ""


class NotInTimeError(AssertionError):
    """Something did not come about in its time."""


def until(what: str, test: Callable[[], T], limit_s: float = LIMIT_S) -> T:
    """Return what the test gives as soon as it is true. Raises: NotInTimeError."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        with contextlib.suppress(StandfastError):
            if value := test():
                return value
        time.sleep(0.05)
    raise NotInTimeError(f"not within {limit_s:.0f} s: {what}")


class World:
    """The cluster, what it is asked and what it truly does. `start_s`: how long its first start took."""

    def __init__(self, root: Path, token_ms: int = 1000, policy: str = "stop") -> None:
        self.mark = secrets.token_hex(4)
        self.names = tuple(member.name for member in topology.nodes(NODES))
        daemon = [*setup.daemon_command("chaos", "corosync"), "--ocf-agents", "/run/lab/ocf"]
        settings = setup.settings("chaos", NODES, daemon=daemon, root=root, engine="corosync", token_ms=token_ms)
        begun = time.monotonic()
        self._lease = launch.up(settings)
        self.lab = control.Lab(Path(settings.folder))
        self.store = self.lab.folder / "share" / "store"
        try:
            self._install()
            until("all online", self.all_online)
            self.start_s = time.monotonic() - begun
            self.configure(policy)
        except BaseException:
            self._lease.close()
            raise

    def _install(self) -> None:
        share = self.lab.folder / "share"
        (share / "ocf" / "test").mkdir(parents=True)
        shutil.copy(AGENTS / "locked", share / "ocf" / "test" / "locked")
        shutil.copy(AGENTS / "fence_held", share / "sbin" / "fence_held")

    def configure(self, policy: str) -> None:
        """Load the resources."""
        primitives = {name: PRIMITIVE.format(id=name, world=self.mark) for name in RESOURCES}
        text = SETUP.format(policy=policy, return_s=RETURN_S, hosts=" ".join(self.names), **primitives)
        edit = schema.Edit("replace", text, "configuration")
        until("the configuration is taken", lambda: self.api(self.names[0], 30).change(edit))

    def end(self) -> None:
        """End all of it."""
        self._lease.end(self.lab.folder)

    def keep_logs(self, folder: Path) -> None:
        """Copy what the nodes' programs and the lab said, and the services' trace."""
        for name in self.names:
            shutil.copytree(self.lab.folder / name / "log", folder / name, dirs_exist_ok=True)
        shutil.copy(self.lab.folder / "supervisor.log", folder)
        for file in ("trace", "violations"):
            if (self.store / file).exists():
                shutil.copy(self.store / file, folder)

    # --- what is said

    def api(self, name: str, timeout_s: float = ASK_S) -> node_api.NodeApi:
        """Return the API of a node's daemon."""
        return node_api.NodeApi(self.lab, name, timeout_s)

    def is_on(self, name: str) -> bool:
        """Return whether the machine is on."""
        return any(entry["name"] == name and entry["state"] == "on" for entry in self.lab.status()["nodes"])

    def lives(self, name: str) -> int:
        """Return how often the machine was booted."""
        return next(int(entry["lives"]) for entry in self.lab.status()["nodes"] if entry["name"] == name)

    def fenced(self, since_ms: float = 0) -> list[str]:
        """Return who was switched off by fencing since a moment of CLOCK_MONOTONIC."""
        return [f["target"] for f in self.lab.status()["fencings"] if f["done_ms"] >= since_ms and f["action"] != "on"]

    def all_online(self) -> bool:
        """Return whether every node has quorum and sees every node online."""
        return all(node_api.all_online(self.names)(self.api(name).status()) for name in self.names)

    def dc(self) -> str:
        """Return the DC, as any node names it; empty if none does."""
        for name in self.names:
            with contextlib.suppress(StandfastError):
                if found := self.api(name).status().dc:
                    return found
        return ""

    def unrest(self) -> str:
        """Return what is not at rest, in words; empty if all are online, agree, and every service runs once."""
        try:
            seen = {name: self.api(name).status() for name in self.names}
        except (LiveError, RequestError) as error:
            return str(error)
        for name, status in seen.items():
            if not node_api.all_online(self.names)(status):
                return f"{name} sees: {node_api.summary(status)}"
        if {s.dc for s in seen.values()} - set(self.names) or len({s.dc for s in seen.values()}) != 1:
            return f"the DC is {[s.dc for s in seen.values()]}"
        dc = seen[seen[self.names[0]].dc]
        if dc.transition != "idle":
            return f"the DC {dc.node} is at work: {node_api.summary(dc)}"
        return self._unlike(dc) or self._disagreement()

    def _unlike(self, status: schema.Status) -> str:
        """Return which service does not run once where the status has it."""
        for resource in RESOURCES:
            record = next((r for r in status.resources if r.id == resource), None)
            truly = self.where(resource)
            if record is None or record.nodes != truly or len(truly) != 1 or record.role != "Started":
                return f"{resource} runs on {truly}; {node_api.summary(status)}"
        return ""

    def _disagreement(self) -> str:
        documents = self.documents()
        if len(set(documents.values())) == 1:
            return ""
        return "the documents differ: " + ", ".join(f"{n} has {len(text)} bytes" for n, text in documents.items())

    def documents(self) -> dict[str, bytes]:
        """Return every node's document."""
        return {name: self.api(name, 30).document() for name in self.names}

    def wait_for_rest(self, limit_s: float = LIMIT_S) -> float:
        """Return how many seconds it took to come to rest. Raises: NotInTimeError with what is not."""
        begun = time.monotonic()
        said = "nothing"
        while time.monotonic() < begun + limit_s:
            try:
                said = self.unrest()
            except StandfastError as error:
                said = str(error)
            if not said:
                return time.monotonic() - begun
            time.sleep(0.1)
        raise NotInTimeError(f"not at rest after {limit_s:.0f} s: {said}")

    # --- what is

    def where(self, resource: str) -> list[str]:
        """Return the nodes on which a service truly runs."""
        begin = f"service={self.mark}:{resource}@".encode()
        return sorted(mark.removeprefix(begin).decode() for mark in self._marks() if mark.startswith(begin))

    @staticmethod
    def _marks() -> Iterator[bytes]:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    words = (entry / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
                    if words[:2] == [b"sh", b"-c"]:
                        yield words[-1]

    def trace(self) -> list[tuple[float, str, str, str]]:
        """Return what the services did: (seconds of CLOCK_BOOTTIME, start or stop, resource, node)."""
        lines = self._text("trace").splitlines()
        return [(float(at), did, what, node) for at, did, what, node in (line.split() for line in lines)]

    def violations(self) -> str:
        """Return which service was active twice; must be empty."""
        return self._text("violations")

    def faults_of_ours(self) -> list[str]:
        """Return what the daemons' logs say of broken invariants of their own; must be empty."""
        return self._said("standfastd.log", "a fault of ours")

    def losses(self) -> int:
        """Return how often a Corosync lost a member that had not said goodbye."""
        return len(self._said("corosync.log", "Failed to receive the leave message"))

    def _said(self, log: str, words: str) -> list[str]:
        found = []
        for name in self.names:
            file = self.lab.folder / name / "log" / log
            text = file.read_text(errors="replace") if file.exists() else ""
            found += [f"{name}: {line}" for line in text.splitlines() if words in line]
        return found

    def _text(self, name: str) -> str:
        file = self.store / name
        return file.read_text() if file.exists() else ""

    # --- what is done to it

    def signal(self, node: str, program: str, number: str) -> bool:
        """Send a signal to a node's `corosync` or `standfastd` itself; return whether there was one."""
        match = ["-x", "corosync"] if program == "corosync" else ["-P", "1", "-f", "standfast.daemons.main"]
        try:
            return self.lab.output(node, "pkill", f"-{number}", *match)[0] == 0
        except RequestError:
            return False  # the node is off

    def start_programs(self, node: str) -> None:
        """Start what does not run in a node; boot it if it is off."""
        if self.is_on(node):
            with contextlib.suppress(RequestError):
                self.lab.start_daemon(node)
                return
        self.lab.boot(node)

    @contextlib.contextmanager
    def fencing_held(self) -> Iterator[None]:
        """Let no fencing succeed meanwhile."""
        hold = self.store / "hold"
        hold.touch()
        try:
            yield
        finally:
            hold.unlink()
