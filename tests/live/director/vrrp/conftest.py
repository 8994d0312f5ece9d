"""Two machines on bridges, as namespaces; on each a VRRP daemon of either kind; and a capture of the wire."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from rig.namespaces import descendants, run, until, within

SOURCE = Path(__file__).resolve().parents[4] / "src"
CROSSING_S = 0.02


@dataclass
class Seen:
    """An advert on the wire."""

    at: float
    node: str
    segment: int
    priority: int
    source: str = ""


@dataclass
class Setting:
    """What both daemons are told, in neither's language."""

    version: int = 3
    family: int = 4
    interval_cs: int = 20
    unicast: bool = False
    auth: str = ""
    preempt: bool = True
    segments: int = 1
    priorities: dict[str, int] = field(default_factory=lambda: {"a": 150, "b": 100})
    more: dict[str, Any] = field(default_factory=dict)
    """Of each of our routers; `group` and `top` are of our sync group and configuration."""
    group: dict[str, Any] = field(default_factory=dict)
    top: dict[str, Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    """Of each of keepalived's instances; `group_lines`, `global_lines` and `blocks` are what their names say."""
    group_lines: list[str] = field(default_factory=list)
    global_lines: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)

    def addresses(self, segment: int) -> list[str]:
        """Return the virtual addresses of a segment."""
        if self.family == 6:
            return [f"fe80::{segment + 1}:100/64", f"2001:db8:{segment + 1}::100/64"]
        return [f"10.7{segment}.0.100/24"]

    def peer(self, node: str, segment: int) -> tuple[str, str]:
        """Return the address of a node and of the other one."""
        mine, other = ("1", "2") if node == "a" else ("2", "1")
        head = f"fe80::{segment + 1}:" if self.family == 6 else f"10.7{segment}.0."
        return head + mine, head + other

    def json(self, node: str) -> str:
        """Return our configuration."""
        routers = []
        for segment in range(self.segments):
            router: dict[str, Any] = {
                "name": f"V{segment}", "vrid": 51 + segment, "interface": f"eth{segment}",
                "addresses": self.addresses(segment), "version": self.version, "priority": self.priorities[node],
                "advertisement_interval_cs": self.interval_cs, "preempt": self.preempt,
                "garp": {"repeat": 1, "delay_ms": 0}, **self.more,
            }  # fmt: skip
            if self.unicast:
                router["source"], peer = self.peer(node, segment)
                router["unicast"] = {"peers": [{"address": peer}]}
            if self.auth:
                router["authentication"] = {"type": self.auth, "password": "secret"}
            if self.segments > 1:
                router["sync_group"] = "G"
            routers.append(router)
        groups = [{"name": "G", **self.group}] if self.segments > 1 else []
        return json.dumps({"routers": routers, "groups": groups, **self.top})

    def keepalived(self, node: str) -> str:
        """Return keepalived's configuration."""
        lines = ["global_defs {", "vrrp_garp_master_repeat 1", "vrrp_garp_master_delay 0", *self.global_lines, "}"]
        lines += self.blocks
        if self.segments > 1:
            members = [f"V{n}" for n in range(self.segments)]
            lines += ["vrrp_sync_group G {", "group {", *members, "}", *self.group_lines, "}"]
        for segment in range(self.segments):
            lines += [
                f"vrrp_instance V{segment} {{", "state BACKUP", f"interface eth{segment}", f"version {self.version}",
                f"virtual_router_id {51 + segment}", f"priority {self.priorities[node]}",
                f"advert_int {self.interval_cs / 100:g}", *([] if self.preempt else ["nopreempt"]),
            ]  # fmt: skip
            if self.unicast:
                mine, peer = self.peer(node, segment)
                lines += [f"unicast_src_ip {mine}", "unicast_peer {", peer, "}"]
            if self.auth:
                lines += ["authentication {", f"auth_type {self.auth}", "auth_pass secret", "}"]
            lines += [*self.lines, "virtual_ipaddress {", *self.addresses(segment), "}", "}"]
        return "\n".join(lines) + "\n"


class Lan:
    """Nodes a and b, a bridge for each segment, and everything that was on the wires."""

    def __init__(self, segments: int, folder: Path) -> None:
        self.segments = segments
        self.folder = folder
        self.tag = f"{os.getpid() % 0xFFFF:04x}"
        self.names = {node: f"sfv{node}-{self.tag}" for node in "abl"}
        self.adverts: list[Seen] = []
        self.announcements: list[tuple[float, str]] = []
        """When a node sent a gratuitous ARP."""
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._taps: dict[int, tuple[socket.socket, str, int]] = {}
        self._ends = False

    def __enter__(self) -> Lan:
        for name in self.names.values():
            run("ip", "netns", "add", name)
            run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0",
                "net.ipv6.conf.default.accept_dad=0")  # fmt: skip
            run("ip", "-n", name, "link", "set", "lo", "up")
        for segment in range(self.segments):
            self._segment(segment)
        self._thread = threading.Thread(target=self._capture)
        self._thread.start()
        return self

    def _segment(self, segment: int) -> None:
        wires = self.names["l"]
        run("ip", "-n", wires, "link", "add", f"br{segment}", "type", "bridge", "mcast_snooping", "0")
        run("ip", "-n", wires, "link", "set", f"br{segment}", "up")
        for host, node in enumerate("ab", 1):
            port, name = f"{node}{segment}", self.names[node]
            run("ip", "-n", wires, "link", "add", port, "type", "veth", "peer", "name", f"eth{segment}", "netns", name)
            run("ip", "-n", wires, "link", "set", port, "master", f"br{segment}", "up")
            run("ip", "-n", name, "addr", "add", f"10.7{segment}.0.{host}/24", "dev", f"eth{segment}")
            run("ip", "-n", name, "link", "set", f"eth{segment}", "addrgenmode", "none")
            run("ip", "-n", name, "link", "set", f"eth{segment}", "up")
            run("ip", "-n", name, "addr", "add", f"fe80::{segment + 1}:{host}/64", "dev", f"eth{segment}", "nodad")
            tap = within(wires, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)))
            tap.bind((port, 3))
            tap.setblocking(False)
            self._taps[tap.fileno()] = tap, node, segment

    def _capture(self) -> None:
        poll = select.poll()
        for fd in self._taps:
            poll.register(fd, select.POLLIN)
        while not self._ends:
            for fd, _ in poll.poll(50):
                tap, node, segment = self._taps[fd]
                with contextlib.suppress(OSError):  # also: the port is down
                    frame, where = tap.recvfrom(4096)
                    if where[2] != socket.PACKET_OUTGOING:
                        self._saw(frame, node, segment)

    def _saw(self, frame: bytes, node: str, segment: int) -> None:
        kind, at, source = frame[12:14], -1, frame[26:30]
        if kind == b"\x08\x00" and frame[23] in (112, 51):
            at = 34 + (24 if frame[23] == 51 else 0)
        elif kind == b"\x86\xdd" and frame[20] == 112:
            at, source = 54, frame[22:38]
        elif kind == b"\x08\x06" and frame[28:32] == frame[38:42]:
            self.announcements.append((time.monotonic(), node))
        if at > 0:
            told = str(ip_address(source))
            self.adverts.append(Seen(time.monotonic(), node, segment, frame[at + 2], told))

    def __exit__(self, *_: object) -> None:
        for node in list(self.daemons):
            self.end(node, signal.SIGKILL)
        self._ends = True
        self._thread.join()
        for tap, _, _ in self._taps.values():
            tap.close()
        for name in self.names.values():
            run("ip", "netns", "del", name, check=False)

    # -- daemons

    def start(self, node: str, ours: bool, setting: Setting) -> None:
        """Start a daemon on a node."""
        folder = self.folder / node
        folder.mkdir(exist_ok=True)
        if ours:
            (folder / "vrrp.json").write_text(setting.json(node))
            words = [sys.executable, "-m", "standfast.director.vrrp.live.main", str(folder / "vrrp.json"),
                     "--ledger", str(folder / "ledger.json")]  # fmt: skip
        else:
            self.start_file(node, setting.keepalived(node), ours=False)
            return
        self._launch(node, words)

    def start_file(self, node: str, text: str, *, ours: bool) -> None:
        """Start `standfast keepalived`, or the real one, with this keepalived.conf."""
        folder = self.folder / node
        folder.mkdir(exist_ok=True)
        self.write_file(node, text)
        words = [
            sys.executable,
            "-c",
            "import sys; from standfast.cli.main import main; sys.exit(main())",
            "keepalived",
        ]
        words = [*(words if ours else ["keepalived"]), "-n", "-l", "-D", "-P", "-f", str(folder / "keepalived.conf")]
        self._launch(node, [*words, "-p", str(folder / "main.pid"), "-r", str(folder / "vrrp.pid")])

    def standfast(self, *words: str) -> tuple[int, str]:
        """Run one of our commands; return its exit status and what it says."""
        program = "import sys; from standfast.cli.main import main; sys.exit(main())"
        done = subprocess.run(
            [sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def write_file(self, node: str, text: str) -> None:
        """Write a node's keepalived.conf."""
        (self.folder / node / "keepalived.conf").write_text(text)

    def pid(self, node: str, name: str) -> int:
        """Return the number in a node's pid file, `main` or `vrrp`; 0 while there is none."""
        try:
            return int((self.folder / node / f"{name}.pid").read_text())
        except (OSError, ValueError):
            return 0

    def _launch(self, node: str, words: list[str]) -> None:
        log = (self.folder / node / "log").open("ab")
        self.daemons[node] = subprocess.Popen(
            ["ip", "netns", "exec", self.names[node], *words],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )  # fmt: skip
        log.close()

    def end(self, node: str, number: int = signal.SIGTERM) -> None:
        """End a node's daemon: SIGTERM cleanly, SIGKILL with all its children before any of them can say goodbye."""
        daemon = self.daemons.pop(node)
        with contextlib.suppress(ProcessLookupError):
            if number == signal.SIGKILL:
                os.killpg(daemon.pid, signal.SIGSTOP)
                for child in descendants(daemon.pid):
                    os.kill(child, signal.SIGKILL)
            else:
                os.kill(daemon.pid, number)
        daemon.wait(20)

    def isolate(self, node: str, yes: bool) -> bool:
        """Let a node's port hear no other isolated port, its carrier staying, or again."""
        run("ip", "-n", self.names["l"], "link", "set", f"{node}0", "type", "bridge_slave",
            "isolated", "on" if yes else "off")  # fmt: skip
        return True

    def cut(self, node: str, segment: int) -> bool:
        """Take the carrier from a node's interface."""
        run("ip", "-n", self.names["l"], "link", "set", f"{node}{segment}", "down")
        return True

    def join(self, node: str, segment: int) -> bool:
        """Give it back."""
        run("ip", "-n", self.names["l"], "link", "set", f"{node}{segment}", "up")
        return True

    def log(self, node: str) -> str:
        """Return what a node's daemon said."""
        return (self.folder / node / "log").read_text(errors="replace")

    def holds(self, node: str, setting: Setting, segment: int = 0) -> bool:
        """Return whether a node has the virtual addresses of a segment."""
        shown = run("ip", "-n", self.names[node], "-j", "addr")
        there = {f"{each['local']}" for link in json.loads(shown) for each in link["addr_info"]}
        return all(address.split("/")[0] in there for address in setting.addresses(segment))

    def speakers(self, segment: int = 0) -> str:
        """Return who sent adverts, in order, each turn once: `aba` is a, then b alone, then a alone.

        What b was about to say when a took over, and said before it heard of that, is no turn of its own.
        """
        turns, began = "", 0.0
        spoken = [seen for seen in list(self.adverts) if seen.segment == segment and seen.priority]
        for seen, after in itertools.zip_longest(spoken, spoken[1:]):
            ended = seen.node == turns[-2:-1] and seen.at < began + CROSSING_S  # its turn, a moment ago
            crossed = ended and after is not None and after.node == turns[-1:]
            if turns[-1:] != seen.node and not crossed:
                turns, began = turns + seen.node, seen.at
        return turns

    def is_with(self, node: str, setting: Setting) -> bool:
        """Return whether all virtual addresses are at this node and none at the other, and it speaks there."""
        other = "b" if node == "a" else "a"
        return all(
            self.holds(node, setting, segment)
            and not (other in self.daemons and self.holds(other, setting, segment))
            and self.speakers(segment).endswith(node)
            for segment in range(self.segments)
        )


@pytest.fixture
def lan() -> Iterator[Callable[[int], Lan]]:
    """Return a maker of networks of so many segments; they are gone after the test."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("needs root and iproute2")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sfv-")))
        yield lambda segments=1: stack.enter_context(Lan(segments, folder))


@pytest.fixture
def setting() -> type[Setting]:
    """Return the maker of settings."""
    return Setting


@pytest.fixture
def wait() -> Callable[..., Any]:
    """Return `until`."""
    return until


@pytest.fixture
def keepalived() -> None:
    """Skip without keepalived."""
    if not shutil.which("keepalived"):
        pytest.skip("needs keepalived")


@pytest.fixture
def inside() -> Callable[[str, Callable[[], Any]], Any]:
    """Return `within`."""
    return within
