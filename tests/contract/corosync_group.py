"""The contract's group on real Corosyncs: a lab, one in each node, and an engine in a process beside it."""

import base64
import dataclasses
import functools
import os
import pickle
import queue
import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from standfast import messaging
from standfast.errors import LiveError, RequestError
from standfast.lab import corosync_conf, topology
from standfast.lab.live import control, launch, setup
from standfast.messaging import quorum

PATIENCE_S = 60.0


def missing() -> str:
    """Return what lacks, empty if nothing does."""
    lacking = [name for name in ("corosync", "ip", "pkill") if not shutil.which(name)]
    return f"needs {', '.join(lacking)}" if lacking else ""


class RemoteEngine:
    """The engine of a process in a node, as the contract's tests use one."""

    def __init__(self, lab: control.Lab, node: topology.LabNode, events: list) -> None:
        self.node_id = node.id
        self._events = events
        self._answers: queue.Queue[object] = queue.Queue()
        from_us, self._out = os.pipe()
        self._in, from_it = os.pipe()
        command = [sys.executable, "/run/lab/driver.py"]

        def run() -> None:
            with open(lab.folder / f"driver-{node.name}.log", "ab") as log:
                try:
                    lab.execute(node.name, command, from_us, from_it, log.fileno())
                except (LiveError, RequestError):
                    pass  # the node, or the lab, ended under it
                finally:
                    os.close(from_us)
                    os.close(from_it)

        threading.Thread(target=run, daemon=True).start()
        threading.Thread(target=self._read, daemon=True).start()
        self._waiting = b""
        self._order("start")

    def _read(self) -> None:
        with open(self._in, "rb") as lines:
            for line in lines:
                kind, value = pickle.loads(base64.b64decode(line))
                if kind == "event":
                    self._events.append(value)
                else:
                    self._answers.put(value)

    def _order(self, order: str, payloads: tuple[bytes, ...] = (), now: bool = False) -> None:
        """Send an order; `start` goes along with the next one, so that nothing happens between the two."""
        self._waiting += base64.b64encode(pickle.dumps((order, payloads))) + b"\n"
        if now:
            self.flush()

    def flush(self) -> None:
        data, self._waiting = self._waiting, b""
        while data:
            data = data[os.write(self._out, data) :]

    def say(self, *payloads: bytes) -> int:
        """Multicast, and return the backlog right after it."""
        self._order("cast", payloads, now=True)
        answer = self._answers.get(timeout=PATIENCE_S)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def backlog_bytes(self) -> int:
        return self.say()

    def leave(self) -> None:
        self._order("leave", now=True)
        self._answers.get(timeout=PATIENCE_S)

    def crash(self) -> None:
        self._order("crash", now=True)

    def close(self) -> None:
        os.close(self._out)


class Corosyncs:
    """The lab: nodes that run Corosync while their flag is there."""

    def __init__(self, electorate: quorum.Electorate, root: Path) -> None:
        self.members = topology.nodes(len(electorate.voters))
        options = {}
        if electorate.two_node:
            options["two_node"] = "1"
        if electorate.wait_for_all is not None:
            options["wait_for_all"] = str(int(electorate.wait_for_all))
        votes = {voter.id: voter.votes for voter in electorate.voters}
        conf = corosync_conf.text("contract", self.members, quorum=options, votes=votes)
        settings = setup.settings(
            "t", len(self.members), with_daemon=False, root=root, engine="corosync", conf=conf
        )  # fmt: skip
        wait = f"while [ ! -e /run/lab/on-$(hostname) ]; do sleep 0.02; done; {settings.engine[2]}"
        settings = dataclasses.replace(settings, engine=["sh", "-c", wait])
        self.lease = launch.up(settings)
        self.lab = control.Lab(Path(settings.folder))
        self.share = self.lab.folder / "share"
        shutil.copy(Path(__file__).with_name("corosync_driver.py"), self.share / "driver.py")

    def node(self, node_id: int) -> topology.LabNode:
        return self.members[node_id - 1]

    def power_on(self, node_id: int) -> None:
        name = self.node(node_id).name
        (self.share / f"on-{name}").touch()
        self.lab.boot(name)

    def power_off(self, node_id: int) -> None:
        name = self.node(node_id).name
        (self.share / f"on-{name}").unlink()
        self.lab.off(name)

    def cut(self, *groups: set[int]) -> None:
        self.lab.cut("|".join(" ".join(self.node(i).name for i in sorted(group)) for group in groups))

    def expect(self, votes: int) -> None:
        until(lambda: self.lab.output("n1", "corosync-quorumtool", "-e", str(votes))[0] == 0)

    def kill(self, *node_ids: int) -> None:
        for node_id in node_ids:
            self.lab.output(self.node(node_id).name, "pkill", "-KILL", "-x", "corosync")

    def start_again(self, *node_ids: int) -> None:
        for node_id in node_ids:
            until(functools.partial(self._runs, self.node(node_id).name))

    def _runs(self, name: str) -> bool:
        self.lab.start_daemon(name)
        return self.lab.output(name, "pgrep", "-x", "corosync")[0] == 0

    def running(self) -> list[int]:
        return [member.id for member in self.members if (self.share / f"on-{member.name}").exists()]

    def close(self) -> None:
        self.lease.end(self.lab.folder)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.005)


def lost(events: list) -> bool:
    return any(isinstance(event, messaging.EngineLost) for event in events)
