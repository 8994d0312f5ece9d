"""Measure the embedded engine: round trip, rate, and how soon a death is known; beside a bare socket's echo.

PYTHONPATH=src python bench/messaging_local.py [MEMBERS]
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

from standfast import messaging
from standfast.messaging.live import local

ROUNDS = 2000
MESSAGES = 20000
SIZE = 200


def echo_us() -> float:
    """Return the median round trip over a bare socket pair to a process that echoes, in microseconds."""
    ours, theirs = socket.socketpair()
    echo = "import socket\ns = socket.socket(fileno=0)\nwhile d := s.recv(4096): s.sendall(d)"
    process = subprocess.Popen([sys.executable, "-c", echo], stdin=theirs)
    theirs.close()
    times = []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        ours.sendall(bytes(SIZE))
        ours.recv(4096)
        times.append(time.perf_counter() - begin)
    ours.close()
    process.wait()
    return statistics.median(times) * 1e6


async def until(condition, pause_s: float = 0.001) -> None:
    """Wait for it."""
    while not condition():
        await asyncio.sleep(pause_s)


class Member:
    """One engine that counts what it delivers."""

    def __init__(self, path: str, node: int) -> None:
        self.members: frozenset[int] = frozenset()
        self.delivered = 0
        self.wanted = 0
        self.reached = asyncio.Event()
        self.engine = local.LocalEngine(path, node)
        self.engine.start(self.take)

    def take(self, event: messaging.Event) -> None:
        """Count."""
        if isinstance(event, messaging.RegularView):
            self.members = event.members
            self.reached.set()
        elif isinstance(event, messaging.Delivered):
            self.delivered += 1
            if self.delivered >= self.wanted:
                self.reached.set()


async def round_trip_us(member: Member) -> tuple[float, float]:
    """Return the median and the 99th percentile of send to self-delivery."""
    times = []
    for _ in range(ROUNDS):
        member.wanted = member.delivered + 1
        member.reached.clear()
        begin = time.perf_counter()
        member.engine.multicast(bytes(SIZE))
        await member.reached.wait()
        times.append((time.perf_counter() - begin) * 1e6)
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


async def rate(members: list[Member]) -> float:
    """Return messages a second, each delivered to all."""
    start = [member.delivered for member in members]
    begin = time.perf_counter()
    for sent in range(MESSAGES):
        members[0].engine.multicast(bytes(SIZE))
        if sent % 200 == 0:
            while members[0].engine.backlog_bytes > 1 << 18:
                await asyncio.sleep(0)
    await until(lambda: all(m.delivered - s >= MESSAGES for m, s in zip(members, start, strict=True)))
    return MESSAGES / (time.perf_counter() - begin)


async def death_ms(member: Member, path: str, node: int) -> float:
    """Return how long after SIGKILL of an anchor's process a member has the new view."""
    hold = "import sys; from standfast.messaging.live import anchor; anchor.hold(sys.argv[1], int(sys.argv[2]))"
    process = subprocess.Popen([sys.executable, "-c", hold, path, str(node)])
    member.reached.clear()
    await member.reached.wait()
    member.reached.clear()
    begin = time.perf_counter()
    process.send_signal(signal.SIGKILL)
    await member.reached.wait()
    found = (time.perf_counter() - begin) * 1e3
    process.wait()
    return found


async def measure(path: str, count: int) -> None:
    """Print the figures."""
    members = [Member(path, node) for node in range(1, count + 1)]
    await until(lambda: all(len(member.members) == count for member in members))
    bare = echo_us()
    median, worst = await round_trip_us(members[0])
    print(f"bare echo            {bare:8.0f} us")
    print(f"round trip           {median:8.0f} us  99 %: {worst:.0f} us  ({median / bare:.1f} times the echo)")
    print(f"rate, {count} members      {await rate(members):8.0f} messages/s of {SIZE} bytes, delivered to all")
    deaths = [await death_ms(members[0], path, count + 1) for _ in range(5)]
    print(f"SIGKILL to new view  {statistics.median(deaths):8.2f} ms  worst of 5: {max(deaths):.2f} ms")


def main() -> None:
    """Start a sequencer, measure, end it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "s")
        config = {"nodes": [{"id": i, "name": f"n{i}"} for i in range(1, count + 2)], "gather_ms": 0}
        command = [sys.executable, "-m", "standfast.messaging.live.sequencer", path, "--config", json.dumps(config)]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            asyncio.run(measure(path, count))
        finally:
            process.terminate()
            process.wait()


if __name__ == "__main__":
    main()
