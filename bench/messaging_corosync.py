"""Measure the engine over Corosync beside a C client: messages delivered back a second, at 1, 2 and 3 nodes.

PYTHONPATH=src python bench/messaging_corosync.py [--nodes 1,2,3] [--sizes 64,1024,16384] [--seconds 2] [--runs 3]
    [--priority normal]

With the priority `real-time` Corosync and both clients have SCHED_RR, as Corosync and the daemon have where they are
installed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from standfast import messaging
from standfast.errors import StandfastError
from standfast.lab.live import control, launch, setup
from standfast.messaging.live import corosync

WINDOW_BYTES = 16 << 20
WINDOW_MESSAGES = 4000
READY_S = 60.0
C_SOURCE = Path(__file__).with_name("rig") / "cpg_rate.c"


class Sender:
    """The sending member. Half of what may be under way is sent anew whenever that much has come back."""

    def __init__(self, size: int) -> None:
        self.engine = corosync.CorosyncEngine()
        self.ready, self.alone = asyncio.Event(), asyncio.Event()
        self.sends = False
        self.sent = self.returned = 0
        self._payload = bytes(size)
        self._window = min(WINDOW_MESSAGES, WINDOW_BYTES // max(size, 1))

    def take(self, event: messaging.Event) -> None:
        """Take what the engine delivers; all of it is ours, as the others only listen."""
        if isinstance(event, messaging.Delivered):
            self.returned += 1
            if self.sends:
                if self.sent - self.returned <= self._window // 2:
                    self.fill()
            else:
                self.alone.set()
        elif isinstance(event, messaging.RegularView):
            self.ready.set()

    def fill(self) -> None:
        """Have as much under way as may be."""
        self.sends = True
        for _ in range(self._window - self.sent + self.returned):
            self.engine.multicast(self._payload)
        self.sent = self.returned + self._window

    async def rest(self) -> None:
        """Send no more, and wait for what is under way."""
        self.sends = False
        while self.returned < self.sent:
            self.alone.clear()
            await self.alone.wait()

    async def alone_us(self) -> float:
        """Return how long one message takes that is alone."""
        self.alone.clear()
        begin = time.perf_counter()
        self.engine.multicast(self._payload)
        await self.alone.wait()
        return (time.perf_counter() - begin) * 1e6


async def send(size: int, seconds: float) -> None:
    """Be the sending member, and print how many messages a second came back, the cores it took for that, and the median
    of one message alone in us."""
    sender = Sender(size)
    sender.engine.start(sender.take)
    await sender.ready.wait()
    await asyncio.sleep(0.3)
    begin, cpu = time.monotonic(), time.process_time()
    sender.fill()
    await asyncio.sleep(seconds)
    took = time.monotonic() - begin
    row = {"rate": round(sender.returned / took), "cpu": round((time.process_time() - cpu) / took, 2)}
    await sender.rest()
    alone = [await sender.alone_us() for _ in range(200)]
    print(json.dumps(row | {"alone_us": round(statistics.median(alone))}))
    sender.engine.leave()


async def receive() -> None:
    """Be another member, until the end."""
    engine = corosync.CorosyncEngine()
    engine.start(lambda event: None)
    await asyncio.Event().wait()


def wait_for_all(lab: control.Lab, count: int) -> None:
    """Return when Corosync has all nodes."""
    limit = time.monotonic() + READY_S
    while f"Total votes:      {count}" not in lab.output("n1", "corosync-quorumtool")[1]:
        if time.monotonic() > limit:
            raise SystemExit("Corosync does not come together")
        time.sleep(0.1)


class Receivers:
    """A receiving client on all nodes but the first."""

    def __init__(self, lab: control.Lab, count: int, command: list[str]) -> None:
        self._lab, self._nodes = lab, [f"n{n}" for n in range(2, count + 1)]
        for node in self._nodes:
            threading.Thread(target=self._run, args=(node, command), daemon=True).start()
        time.sleep(1.5 if self._nodes else 0)

    def _run(self, node: str, command: list[str]) -> None:
        try:
            self._lab.output(node, *command)
        except StandfastError:
            return  # the lab ended

    def end(self) -> None:
        """End them."""
        for node in self._nodes:
            self._lab.output(node, "pkill", "-KILL", "-f", "receive")


def measure(lab: control.Lab, count: int, options: argparse.Namespace, clients: dict[str, list[str]]) -> None:
    """Print the medians for one number of nodes."""
    found: dict[tuple[str, int], list[dict[str, float]]] = {}
    sizes = [int(size) for size in options.sizes.split(",")]
    for _ in range(options.runs):
        for name, command in clients.items():
            receivers = Receivers(lab, count, [*command, "receive"])
            for size in sizes:
                code, text = lab.output("n1", *command, "send", str(size), str(options.seconds))
                if code:
                    raise SystemExit(f"{name} ended with {code} at {size} bytes on {count} nodes: {text}")
                row = json.loads(text.splitlines()[-1])
                found.setdefault((name, size), []).append(row if isinstance(row, dict) else {"rate": row})
            receivers.end()
    for size in sizes:
        ours = statistics.median(row["rate"] for row in found["ours", size])
        alone = statistics.median(row["alone_us"] for row in found["ours", size])
        cpu = statistics.median(row["cpu"] for row in found["ours", size])
        line = f"{count} nodes, {size:>6} bytes: ours {ours:>7.0f}/s at {cpu:.2f} cores, one alone {alone:>6.0f} us"
        if "C" in clients:
            bare = statistics.median(row["rate"] for row in found["C", size])
            line += f"; C {bare:>7.0f}/s; ratio {ours / bare:.2f}"
        print(line, flush=True)


def main() -> None:
    """Measure, or be one of the clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--nodes", default="1,2,3")
    parser.add_argument("--sizes", default="64,1024,16384")
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--priority", choices=("normal", "real-time"), default="normal")
    options = parser.parse_args()
    if options.role[:1] == ["send"]:
        asyncio.run(send(int(options.role[1]), float(options.role[2])))
        return
    if options.role[:1] == ["receive"]:
        asyncio.run(receive())
        return
    if not shutil.which("corosync"):
        raise SystemExit("needs corosync")
    if options.priority == "real-time":
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    clients = {"ours": [sys.executable, os.path.abspath(__file__)]}
    for count in (int(n) for n in options.nodes.split(",")):
        with tempfile.TemporaryDirectory() as root:
            settings = setup.settings("bench", count, with_daemon=False, root=Path(root), engine="corosync")
            lease = launch.up(settings)
            try:
                if shutil.which("cc"):
                    binary = Path(settings.folder, "share", "cpg_rate")
                    subprocess.run(["cc", "-O2", "-o", binary, C_SOURCE, "-l:libcpg.so.4"], check=True)
                    clients["C"] = ["/run/lab/cpg_rate"]
                lab = control.Lab(Path(settings.folder))
                wait_for_all(lab, count)
                measure(lab, count, options, clients)
            finally:
                lease.end(Path(settings.folder))


if __name__ == "__main__":
    main()
