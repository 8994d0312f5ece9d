"""Two machines on bridges, as namespaces; on each a VRRP daemon, ours or keepalived, from one file; and what happens.

Needs root and iproute2. The moment of a frame is the kernel's, that of an address is when its notification was read.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from rig.namespaces import descendants, run, within

SOURCE = Path(__file__).resolve().parents[2] / "src"
DAEMONS = {
    "ours": [sys.executable, "-c", "import sys; from standfast.cli.main import main; sys.exit(main())", "keepalived"],
    "keepalived": ["keepalived"],
}
OTHER = {"a": "b", "b": "a"}
NS_PER_S = 1_000_000_000
FIRST_VRID = 1
_HOSTS = {"a": 1, "b": 2}
_TIMESTAMP_NS, _BUFFER_BY_FORCE, _IGNORE_OUTGOING = 35, 33, 23
_TIMESPEC = struct.Struct("=qq")
_NETLINK_HEADER = struct.Struct("=IH")
_NEW_ADDRESS, _DEL_ADDRESS = 20, 21
_NEIGHBOUR_ADVERTISEMENT = 136
_ADDRESS_GROUPS = 0x10 | 0x100
_BUFFER_BYTES = 1 << 24
_PROMPT_PRIORITY = 90
_numbers = itertools.count()


class Advert(NamedTuple):
    """An advert that a node sent."""

    at_ns: int
    node: str
    interface: int
    vrid: int
    priority: int


class Announcement(NamedTuple):
    """A gratuitous ARP or an unsolicited neighbour advertisement that a node sent."""

    at_ns: int
    node: str


class Held(NamedTuple):
    """A node has a virtual address from now on, or not any more."""

    at_ns: int
    node: str
    address: bytes
    there: bool


@dataclass(frozen=True)
class Setting:
    """What both daemons are told. `routers` on each interface."""

    interval_s: float = 0.1
    version: int = 3
    family: int = 4
    unicast: bool = False
    preempt: bool = True
    interfaces: int = 1
    routers: int = 1
    rt_priority: int = 0
    password: str = ""
    priorities: tuple[int, int] = (150, 100)

    def address(self, node: str, interface: int) -> str:
        """Return a node's own address."""
        head = f"10.{90 + interface}.0." if self.family == 4 else f"fe80::{interface + 1}:"
        return f"{head}{_HOSTS[node]}"

    def virtual(self, interface: int = 0, vrid: int = FIRST_VRID) -> str:
        """Return a virtual router's address."""
        return f"10.{90 + interface}.1.{vrid}" if self.family == 4 else f"fe80::{interface + 1}:1:{vrid:x}"

    def packed(self, interface: int = 0, vrid: int = FIRST_VRID) -> bytes:
        """Return that address as the kernel has it."""
        kind = socket.AF_INET if self.family == 4 else socket.AF_INET6
        return socket.inet_pton(kind, self.virtual(interface, vrid))

    def priority(self, node: str) -> int:
        """Return a node's priority."""
        return self.priorities[_HOSTS[node] - 1]

    def skew_s(self, node: str) -> float:
        """Return a node's Skew_Time."""
        return (256 - self.priority(node)) / 256 * (self.interval_s if self.version == 3 else 1)

    def down_s(self, node: str) -> float:
        """Return its Active_Down_Interval."""
        return 3 * self.interval_s + self.skew_s(node)

    def text(self, node: str) -> str:
        """Return the keepalived.conf of a node."""
        lines = ["global_defs {", f"router_id node_{node}", "vrrp_garp_master_repeat 1", "vrrp_garp_master_delay 0"]
        lines += [f"vrrp_rt_priority {self.rt_priority}"] if self.rt_priority else []
        lines.append("}")
        for interface, number in itertools.product(range(self.interfaces), range(self.routers)):
            lines += self.instance(node, interface, FIRST_VRID + number)
        return "\n".join(lines) + "\n"

    def instance(self, node: str, interface: int, vrid: int) -> list[str]:
        """Return the lines of one virtual router."""
        lines = [
            f"vrrp_instance V{interface}_{vrid} {{", "state BACKUP", f"interface eth{interface}",
            f"version {self.version}", f"virtual_router_id {vrid}", f"priority {self.priority(node)}",
            f"advert_int {self.interval_s:g}", *([] if self.preempt else ["nopreempt"]),
        ]  # fmt: skip
        if self.unicast:
            mine, peer = self.address(node, interface), self.address(OTHER[node], interface)
            lines += [f"unicast_src_ip {mine}", "unicast_peer {", peer, "}"]
        if self.password:
            lines += ["authentication {", "auth_type PASS", f"auth_pass {self.password}", "}"]
        length = 32 if self.family == 4 else 64
        return [*lines, "virtual_ipaddress {", f"{self.virtual(interface, vrid)}/{length}", "}", "}"]


class Pair:
    """Nodes a and b, a bridge for each interface. `adverts`, `announcements` and `held` grow as it happens."""

    def __init__(self, folder: Path, interfaces: int = 1) -> None:
        self.folder = folder
        tag = f"{os.getpid() % 0xFFFF:04x}{next(_numbers):x}"
        self.names = {node: f"vrp{node}-{tag}" for node in "abl"}
        self.adverts: list[Advert] = []
        self.announcements: list[Announcement] = []
        self.held: list[Held] = []
        self._interfaces = interfaces
        self._daemons: dict[str, subprocess.Popen[bytes]] = {}
        self._taps: dict[int, tuple[socket.socket, str, int]] = {}
        self._kernels: dict[int, tuple[socket.socket, str]] = {}
        self._thread: threading.Thread | None = None
        self._ends = False

    def __enter__(self) -> Pair:
        try:
            for name in self.names.values():
                run("ip", "netns", "add", name)
                within(name, _without_duplicate_detection)
                run("ip", "-n", name, "link", "set", "lo", "up")
            for interface in range(self._interfaces):
                self._segment(interface)
            for node in "ab":
                kernel = within(self.names[node], _address_listener)
                self._kernels[kernel.fileno()] = kernel, node
        except BaseException:
            self.__exit__()
            raise
        self._thread = threading.Thread(target=self._capture)
        self._thread.start()
        return self

    def _segment(self, interface: int) -> None:
        bridge = f"br{interface}"
        run("ip", "-n", self.names["l"], "link", "add", bridge, "type", "bridge", "mcast_snooping", "0")
        run("ip", "-n", self.names["l"], "link", "set", bridge, "up")
        for node in "ab":
            self._connect(node, interface)
            port = f"{node}{interface}"
            tap = within(self.names["l"], lambda port=port: _tap(port))
            self._taps[tap.fileno()] = tap, node, interface

    def add_neighbour(self, node: str, host: int) -> None:
        """Have another machine on the first bridge, whose address ends in `host`."""
        self.names[node] = self.names["l"].replace("vrpl", f"vrp{node}")
        run("ip", "netns", "add", self.names[node])
        within(self.names[node], _without_duplicate_detection)
        run("ip", "-n", self.names[node], "link", "set", "lo", "up")
        self._connect(node, 0, host)

    def _connect(self, node: str, interface: int, host: int = 0) -> None:
        name, wires, port, device = self.names[node], self.names["l"], f"{node}{interface}", f"eth{interface}"
        run("ip", "-n", wires, "link", "add", port, "type", "veth", "peer", "name", device, "netns", name)
        run("ip", "-n", wires, "link", "set", port, "master", f"br{interface}", "up")
        host = host or _HOSTS[node]
        run("ip", "-n", name, "addr", "add", f"10.{90 + interface}.0.{host}/16", "dev", device)
        run("ip", "-n", name, "link", "set", device, "addrgenmode", "none")
        run("ip", "-n", name, "link", "set", device, "up")
        run("ip", "-n", name, "addr", "add", f"fe80::{interface + 1}:{host}/64", "dev", device, "nodad")

    def __exit__(self, *_: object) -> None:
        for node in list(self._daemons):
            self.end(node, signal.SIGKILL)
        self._ends = True
        if self._thread is not None:
            self._thread.join()
        for opened, *_rest in (*self._taps.values(), *self._kernels.values()):
            opened.close()
        for name in self.names.values():
            run("ip", "netns", "del", name, check=False)

    # -- what happens

    def _capture(self) -> None:
        with prompt():
            self._see()

    def _see(self) -> None:
        poll = select.poll()
        for fd in (*self._taps, *self._kernels):
            poll.register(fd, select.POLLIN)
        while not self._ends:
            for fd, _ in poll.poll(50):
                with contextlib.suppress(OSError):  # also: the port is down
                    if fd in self._kernels:
                        kernel, node = self._kernels[fd]
                        self._notified(kernel.recv(1 << 16), node, time.time_ns())
                        continue
                    tap, node, interface = self._taps[fd]
                    frame, ancillary, _, _ = tap.recvmsg(2048, 128)
                    seconds, rest = _TIMESPEC.unpack(ancillary[0][2][:16])
                    self._saw(frame, node, interface, seconds * NS_PER_S + rest)

    def _saw(self, frame: bytes, node: str, interface: int, at_ns: int) -> None:
        kind = frame[12:14]
        if kind == b"\x08\x00" and frame[23] == 112:
            self.adverts.append(Advert(at_ns, node, interface, frame[35], frame[36]))
        elif kind == b"\x86\xdd" and frame[20] == 112:
            self.adverts.append(Advert(at_ns, node, interface, frame[55], frame[56]))
        elif kind == b"\x08\x06" and frame[28:32] == frame[38:42]:
            self.announcements.append(Announcement(at_ns, node))
        elif kind == b"\x86\xdd" and frame[20] == 58 and frame[54] == _NEIGHBOUR_ADVERTISEMENT and not frame[58] & 0x40:
            self.announcements.append(Announcement(at_ns, node))  # nobody asked for it

    def _notified(self, data: bytes, node: str, at_ns: int) -> None:
        at = 0
        while at + 16 <= len(data):
            length, kind = _NETLINK_HEADER.unpack_from(data, at)
            if kind in (_NEW_ADDRESS, _DEL_ADDRESS):
                bytes_ = 16 if data[at + 16] == socket.AF_INET6 else 4
                address = data[at + 28 : at + 28 + bytes_]  # the first attribute: IFA_ADDRESS
                self.held.append(Held(at_ns, node, address, kind == _NEW_ADDRESS))
            at += max(16, (length + 3) & ~3)

    def first_held(self, node: str, there: bool, since_ns: int, address: bytes) -> int | None:
        """Return when a node got, or gave up, an address."""
        for each in list(self.held):
            if each.at_ns >= since_ns and (each.node, each.there, each.address) == (node, there, address):
                return each.at_ns
        return None

    def first_advert(self, node: str, since_ns: int) -> Advert | None:
        """Return a node's first advert that is no goodbye."""
        return next((a for a in list(self.adverts) if a.node == node and a.at_ns >= since_ns and a.priority), None)

    def steady(self, node: str, count: int = 4, since: int = 0) -> bool:
        """Return whether this node alone sends adverts, the last `count` of those from `since` on."""
        last = self.adverts[since:][-count:]
        return len(last) == count and all(each.node == node and each.priority for each in last)

    def unread(self, node: str) -> int:
        """Return how many packets the raw sockets of a node did not take."""
        text = within(self.names[node], lambda: Path("/proc/thread-self/net/raw").read_text())
        return sum(int(line.split()[-1]) for line in text.splitlines()[1:])

    # -- daemons

    def start(self, node: str, kind: str, text: str) -> None:
        """Start a daemon of DAEMONS on a node."""
        folder = self.folder / node
        folder.mkdir(exist_ok=True)
        (folder / "keepalived.conf").write_text(text)
        options = ["-n", "-l", "-D", "-P", "-f", str(folder / "keepalived.conf")]
        for option, name in (("p", "main"), ("r", "vrrp")):
            (folder / f"{name}.pid").unlink(missing_ok=True)
            options += [f"-{option}", str(folder / f"{name}.pid")]
        with (folder / "log").open("ab") as log:
            self._daemons[node] = subprocess.Popen(
                ["ip", "netns", "exec", self.names[node], *DAEMONS[kind], *options],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env=environment(),
            )  # fmt: skip

    def processes(self, node: str) -> list[int]:
        """Return the processes of a node's daemon."""
        return descendants(self._daemons[node].pid)

    def end(self, node: str, number: int = signal.SIGTERM) -> None:
        """End a node's daemon: SIGTERM cleanly, SIGKILL with its children before any can say goodbye."""
        daemon = self._daemons.pop(node)
        if number == signal.SIGKILL:
            kill(descendants(daemon.pid))
        else:
            daemon.send_signal(number)
        try:
            daemon.wait(20)
        except subprocess.TimeoutExpired:
            kill(descendants(daemon.pid))

    def signal_first(self, node: str, number: int) -> None:
        """Send a signal to the process that was started."""
        self._daemons[node].send_signal(number)

    def log(self, node: str) -> str:
        """Return what a node's daemon said."""
        with contextlib.suppress(OSError):
            return (self.folder / node / "log").read_text(errors="replace")
        return ""

    def plug(self, node: str, up: bool) -> None:
        """Put a node's wires in, or take them out."""
        for interface in range(self._interfaces):
            run("ip", "-n", self.names["l"], "link", "set", f"{node}{interface}", "up" if up else "down")


@contextlib.contextmanager
def prompt() -> Iterator[None]:
    """Have this thread go before others, so that a moment that is noted is that of what is done then."""
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(_PROMPT_PRIORITY))
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def environment() -> dict[str, str]:
    """Return what a program of ours needs to run."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(SOURCE), str(SOURCE.parent / "bench")))}


def send(processes: Iterable[int], number: int) -> None:
    """Send a signal to each of these that is there."""
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)


def kill(processes: list[int]) -> None:
    """Kill these; all are frozen first, so that none hears of another's death."""
    send(processes, signal.SIGSTOP)
    send(processes, signal.SIGKILL)


def _without_duplicate_detection() -> bool:
    for which in ("all", "default"):
        Path(f"/proc/sys/net/ipv6/conf/{which}/accept_dad").write_text("0")
    return True


def _address_listener() -> socket.socket:
    opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    opened.setsockopt(socket.SOL_SOCKET, _BUFFER_BY_FORCE, _BUFFER_BYTES)
    opened.bind((0, _ADDRESS_GROUPS))
    return opened


def _tap(port: str) -> socket.socket:
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0)
    tap.setsockopt(socket.SOL_SOCKET, _BUFFER_BY_FORCE, _BUFFER_BYTES)
    tap.setsockopt(socket.SOL_SOCKET, _TIMESTAMP_NS, 1)
    tap.setsockopt(263, _IGNORE_OUTGOING, 1)  # SOL_PACKET
    tap.bind((port, 3))
    return tap
