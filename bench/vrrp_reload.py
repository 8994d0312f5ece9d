"""What a reload costs the others on the wire: the longest time between two adverts of one virtual router.

  vrrp_reload.py [--routers N] [--interval S] [--reloads N]

Ours (`standfast keepalived`) and keepalived in turn, with one file, each alone in a namespace; every second reload
changes one router's priority, every other takes that back. Milliseconds. Needs root.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rig.namespaces import run, within

OURS = [sys.executable, "-c", "import sys; from standfast.cli.main import main; sys.exit(main())", "keepalived"]
QUIET_S = 3.0
ROUTERS_MAX = 250


def configuration(routers: int, interval_s: float, changed: bool) -> str:
    """Return a keepalived.conf; `changed`: the last router's priority is another."""
    blocks = ["global_defs {\nvrrp_garp_master_repeat 1\nvrrp_garp_master_delay 0\n}\n"]
    for number in range(1, routers + 1):
        priority = 151 if changed and number == routers else 150
        blocks.append(
            f"vrrp_instance V{number} {{\nstate BACKUP\ninterface eth0\nversion 3\nvirtual_router_id {number}\n"
            f"priority {priority}\nadvert_int {interval_s:g}\nvirtual_ipaddress {{\n10.9.1.{number}/24\n}}\n}}\n"
        )
    return "".join(blocks)


class Wire:
    """A namespace with one interface, and what goes out of it."""

    def __init__(self) -> None:
        self.name = f"vrl-{os.getpid() & 0xFFFF:04x}"
        run("ip", "netns", "add", self.name)
        run("ip", "-n", self.name, "link", "add", "eth0", "type", "veth", "peer", "name", "tap0")
        run("ip", "-n", self.name, "addr", "add", "10.9.1.254/24", "dev", "eth0")
        for device in ("lo", "eth0", "tap0"):
            run("ip", "-n", self.name, "link", "set", device, "up")
        self._tap = within(self.name, lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)))
        self._tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
        self._tap.bind(("tap0", 3))
        self._tap.settimeout(0.2)
        self._last: dict[int, float] = {}

    def longest_ms(self, during_s: float) -> float:
        """Listen; return the longest time between two adverts of one router."""
        end, longest = time.monotonic() + during_s, 0.0
        while (now := time.monotonic()) < end:
            with contextlib.suppress(TimeoutError):
                frame, where = self._tap.recvfrom(2048)
                if frame[12:14] == b"\x08\x00" and frame[23] == 112 and where[2] != socket.PACKET_OUTGOING:
                    now, vrid = time.monotonic(), frame[35]
                    longest = max(longest, now - self._last.get(vrid, now))
                    self._last[vrid] = now
        return round(longest * 1000, 1)

    def heard(self) -> int:
        """Return of how many routers adverts were heard."""
        return len(self._last)

    def close(self) -> None:
        """Take it away."""
        self._tap.close()
        run("ip", "netns", "del", self.name, check=False)


def measure(words: list[str], arguments: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Return the longest times of one daemon: at rest, and around each reload."""
    wire, file = Wire(), folder / "keepalived.conf"
    file.write_text(configuration(arguments.routers, arguments.interval, changed=False))
    options = ["-n", "-l", "-P", "-f", str(file), "-p", str(folder / "main.pid"), "-r", str(folder / "vrrp.pid")]
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(["ip", "netns", "exec", wire.name, *words, *options], stdout=log, stderr=log)
    try:
        wire.longest_ms(4 * arguments.interval + QUIET_S)
        quiet_ms, reloads_ms = wire.longest_ms(QUIET_S), []
        for number in range(arguments.reloads):
            file.write_text(configuration(arguments.routers, arguments.interval, changed=number % 2 == 0))
            daemon.send_signal(signal.SIGHUP)
            reloads_ms.append(wire.longest_ms(QUIET_S + arguments.interval))
        return {"heard": wire.heard(), "quiet_ms": quiet_ms, "reloads_ms": reloads_ms}
    finally:
        daemon.terminate()
        daemon.wait(20)
        wire.close()


def main() -> None:
    """Measure both, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--routers", type=int, default=200, choices=range(1, ROUTERS_MAX + 1), metavar="N")
    parser.add_argument("--interval", type=float, default=0.1, metavar="S")
    parser.add_argument("--reloads", type=int, default=3, metavar="N")
    arguments = parser.parse_args()
    daemons = {"ours": OURS} | ({"keepalived": ["keepalived"]} if shutil.which("keepalived") else {})
    if os.geteuid():
        raise SystemExit("needs root")
    for name, words in daemons.items():
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps({"daemon": name, **measure(words, arguments, Path(folder))}), flush=True)


if __name__ == "__main__":
    main()
