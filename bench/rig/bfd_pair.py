"""Two machines on a bridge, as namespaces; on each a BFD daemon: ours, keepalived's or FRR's; and all their packets.

Needs root and iproute2. What a packet's moment is, the kernel says.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from rig.namespaces import descendants, run, until, within
from standfast.director import bfd
from standfast.director.bfd.reception import examine

SOURCE = Path(__file__).resolve().parents[2] / "src"
FRR = Path("/usr/lib/frr")
_TIMESTAMP_NS = 35
_TIMESPEC = struct.Struct("=qq")
_GONE = re.compile(r"Expired after|is Down: nothing heard")
OTHER = {"a": "b", "b": "a"}
_HOSTS = {"a": 1, "b": 2}


@dataclass(frozen=True)
class Seen:
    """A packet that a node sent."""

    at_ns: int
    node: str
    packet: bfd.Packet


@dataclass(frozen=True)
class Setting:
    """What both daemons are told."""

    interval_ms: int = 15
    multiplier: int = 3
    family: int = 4
    hop_limit: int = 64
    """Of IPv6: keepalived's own; the RFC, and FRR, have 255."""
    rt_priority: int = 0
    """Of ours and of keepalived's."""

    def address(self, node: str) -> str:
        """Return a node's address."""
        return f"10.79.0.{_HOSTS[node]}" if self.family == 4 else f"fd79::{_HOSTS[node]}"

    @property
    def detection_ms(self) -> int:
        """Return the Detection Time of both."""
        return self.interval_ms * self.multiplier

    def json(self, node: str) -> str:
        """Return our configuration."""
        session = {
            "name": "S", "neighbor": self.address(OTHER[node]), "source": self.address(node),
            "min_rx_us": self.interval_ms * 1000, "min_tx_us": self.interval_ms * 1000, "multiplier": self.multiplier,
            "ttl": 255 if self.family == 4 else self.hop_limit,
        }  # fmt: skip
        return json.dumps({"sessions": [session]})

    def keepalived(self, node: str) -> str:
        """Return keepalived's configuration."""
        standing = ["global_defs {", f"bfd_rt_priority {self.rt_priority}", "}"] if self.rt_priority else []
        return "\n".join([
            *standing, "bfd_instance S {",
            f"neighbor_ip {self.address(OTHER[node])}", f"source_ip {self.address(node)}",
            f"min_rx {self.interval_ms}", f"min_tx {self.interval_ms}", f"multiplier {self.multiplier}", "}", "",
        ])  # fmt: skip

    def frr(self, node: str) -> str:
        """Return the configuration of FRR's bfdd."""
        return "\n".join([
            "bfd", f" peer {self.address(OTHER[node])} local-address {self.address(node)}",
            f"  detect-multiplier {self.multiplier}", f"  receive-interval {self.interval_ms}",
            f"  transmit-interval {self.interval_ms}", " exit", "exit", "",
        ])  # fmt: skip


class Pair:
    """Nodes a and b. `sent` is every packet since the begin; `delivered_ns` is when a node was last given one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tag = f"{os.getpid() % 0xFFFF:04x}"
        self.names = {node: f"sfb{node}-{tag}" for node in "abl"}
        self.sent: list[Seen] = []
        self.delivered_ns = {"a": 0, "b": 0}
        self.lines: list[tuple[int, str, str]] = []
        """What the daemons said, with moment and node."""
        self._daemons: dict[str, list[subprocess.Popen[bytes]]] = {}
        self._taps: dict[int, tuple[socket.socket, str]] = {}
        self._ends = False

    def __enter__(self) -> Pair:
        for name in self.names.values():
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        wires = self.names["l"]
        run("ip", "-n", wires, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        run("ip", "-n", wires, "link", "set", "br0", "up")
        for node in "ab":
            self._connect(node)
        self._thread = threading.Thread(target=self._capture)
        self._thread.start()
        return self

    def _connect(self, node: str) -> None:
        name, wires = self.names[node], self.names["l"]
        run("ip", "-n", wires, "link", "add", f"to-{node}", "type", "veth", "peer", "name", "eth0", "netns", name)
        run("ip", "-n", wires, "link", "set", f"to-{node}", "master", "br0", "up")
        run("ip", "-n", name, "link", "set", "eth0", "up")
        for family, length in ((4, 24), (6, 64)):
            address = f"{Setting(family=family).address(node)}/{length}"
            run("ip", "-n", name, "addr", "add", address, "dev", "eth0", *(["nodad"] if family == 6 else []))
        tap = within(wires, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)))
        tap.setsockopt(socket.SOL_SOCKET, _TIMESTAMP_NS, 1)
        tap.bind((f"to-{node}", 3))
        tap.setblocking(False)
        self._taps[tap.fileno()] = tap, node

    def __exit__(self, *_: object) -> None:
        for node in list(self._daemons):
            self.end(node, signal.SIGKILL)
        self._ends = True
        self._thread.join()
        for tap, _ in self._taps.values():
            tap.close()
        for name in self.names.values():
            run("ip", "netns", "del", name, check=False)

    def _capture(self) -> None:
        poll = select.poll()
        for fd in self._taps:
            poll.register(fd, select.POLLIN)
        while not self._ends:
            for fd, _ in poll.poll(50):
                tap, node = self._taps[fd]
                with contextlib.suppress(OSError):
                    frame, ancillary, _, where = tap.recvmsg(2048, 128)
                    seconds, rest = _TIMESPEC.unpack(ancillary[0][2][:16])
                    self._saw(frame, node, seconds * 1_000_000_000 + rest, where[2] == socket.PACKET_OUTGOING)

    def _saw(self, frame: bytes, node: str, at_ns: int, outgoing: bool) -> None:
        udp = 34 if frame[12:14] == b"\x08\x00" and frame[23] == 17 else 0
        udp = 54 if frame[12:14] == b"\x86\xdd" and frame[20] == 17 else udp
        if not udp or int.from_bytes(frame[udp + 2 : udp + 4]) != bfd.packets.PORT:
            return
        packet = examine(frame[udp + 8 :])
        if outgoing:
            self.delivered_ns[node] = at_ns
        elif isinstance(packet, bfd.Packet):
            self.sent.append(Seen(at_ns, node, packet))

    # -- daemons

    def start(self, node: str, kind: str, setting: Setting) -> None:
        """Start a daemon on a node: `ours`, `keepalived` or `frr`."""
        folder = self.folder / node
        folder.mkdir(exist_ok=True)
        if kind == "ours":
            (folder / "bfd.json").write_text(setting.json(node))
            words = [sys.executable, "-m", "standfast.director.bfd.live.main", str(folder / "bfd.json")]
            self.spawn(node, *words, "--rt-priority", str(setting.rt_priority))
        elif kind == "keepalived":
            for left in folder.glob("*.pid"):
                left.unlink()
            (folder / "keepalived.conf").write_text(setting.keepalived(node))
            words = ["keepalived", "-n", "-l", "-D", "-R", "-f", str(folder / "keepalived.conf")]
            for option, name in (("p", "main"), ("r", "vrrp"), ("c", "check"), ("b", "bfd")):
                words += [f"-{option}", str(folder / f"{name}.pid")]
            self.spawn(node, *words)
        else:
            self._start_frr(node, folder, setting)

    def _start_frr(self, node: str, folder: Path, setting: Setting) -> None:
        (folder / "zebra.conf").write_text("")
        (folder / "bfdd.conf").write_text(setting.frr(node))
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, "frr", "frr")
        common = ["-z", str(folder / "zebra.sock"), "--vty_socket", str(folder), "-P", "0"]
        for name, more in (("zebra", ["-s", "90000000"]), ("bfdd", ["--bfdctl", str(folder / "ctl.sock")])):
            files = ["-i", str(folder / f"{name}.pid"), "-f", str(folder / f"{name}.conf")]
            self.spawn(node, str(FRR / name), *common, *files, *more)
            until((folder / "zebra.sock").exists, 10)

    def spawn(self, node: str, *words: str) -> None:
        """Start a program on a node; what it says on standard error is its log."""
        daemon = subprocess.Popen(
            ["ip", "netns", "exec", self.names[node], *words],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )  # fmt: skip
        self._daemons.setdefault(node, []).append(daemon)
        threading.Thread(target=self._read_log, args=(node, daemon), daemon=True).start()

    def _read_log(self, node: str, daemon: subprocess.Popen[bytes]) -> None:
        assert daemon.stderr is not None
        for line in daemon.stderr:
            self.lines.append((time.time_ns(), node, line.decode(errors="replace").rstrip()))

    def end(self, node: str, number: int = signal.SIGTERM) -> None:
        """End a node's daemon: SIGTERM cleanly, SIGKILL with its children before any can say goodbye."""
        for daemon in reversed(self._daemons.pop(node)):
            with contextlib.suppress(ProcessLookupError):
                if number == signal.SIGKILL:
                    os.killpg(daemon.pid, signal.SIGSTOP)
                    for child in descendants(daemon.pid):
                        os.kill(child, signal.SIGKILL)
                else:
                    os.kill(daemon.pid, number)
            daemon.wait(20)

    def signal(self, node: str, number: int) -> None:
        """Send a signal to a node's daemon alone."""
        for daemon in self._daemons[node]:
            os.kill(daemon.pid, number)

    def log(self, node: str) -> str:
        """Return what a node's daemon said."""
        return "\n".join(line for _, whose, line in list(self.lines) if whose == node)

    # -- the wire

    def cut(self, yes: bool = True) -> None:
        """Let no port hear the other, their carriers staying; or again."""
        for node in "ab":
            run("ip", "-n", self.names["l"], "link", "set", f"to-{node}", "type", "bridge_slave",
                "isolated", "on" if yes else "off")  # fmt: skip

    def says(self, node: str, fresh_s: float = 3) -> bfd.State | None:
        """Return the state that a node said last, if that is not long ago."""
        for seen in reversed(list(self.sent)):
            if seen.node == node:
                return seen.packet.state if time.time_ns() - seen.at_ns < fresh_s * 1e9 else None
        return None

    def both_say(self, state: bfd.State) -> bool:
        """Return whether both nodes said this last."""
        return all(self.says(node) is state for node in "ab")

    def settled(self) -> bool:
        """Return whether both are Up and fast, and no Poll Sequence runs."""
        for node in "ab":
            last = [seen.packet for seen in list(self.sent)[-100:] if seen.node == node][-5:]
            if len(last) < 5 or any(packet.state is not bfd.State.UP or packet.poll for packet in last):
                return False
        return self.both_say(bfd.State.UP)

    def logged_ms(self, node: str, since: int) -> float | None:
        """Return how long after the last packet that reached a node its log said so; lines from `since` on count."""
        for at_ns, whose, line in self.lines[since:]:
            if whose == node and _GONE.search(line):
                return (at_ns - self.delivered_ns[node]) / 1e6
        return None

    def noticed_ms(self, node: str, since: int, diagnostic: bfd.Diagnostic) -> float | None:
        """Return how long after the last packet that reached a node it said Down for this reason.

        Packets from `since` on count.
        """
        heard_ns = self.delivered_ns[node]
        for seen in self.sent[since:]:
            said = seen.packet.state, seen.packet.diagnostic
            if seen.node == node and said == (bfd.State.DOWN, diagnostic) and seen.at_ns > heard_ns:
                return (seen.at_ns - heard_ns) / 1e6
        return None
