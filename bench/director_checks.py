"""What checking costs: so many real servers, a TCP check each five seconds, in one process.

  director_checks.py [SERVERS [SECONDS]]

The real servers are one listener on all of 127.0.0.0/8, in a process of its own that is not counted.
Prints one JSON line: CPU as a part of one core, checks a second, the loop's lag in milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import selectors
import socket
import sys
import tempfile
import time
from ipaddress import ip_address
from pathlib import Path

from standfast import director
from standfast.daemons.director.director import Director
from standfast.daemons.director.process import allow_many_files
from standfast.director import checks, lvs
from standfast.director.live.ledger import Ledger
from standfast.director.memory import MemoryDataplane
from standfast.runtime.live.lag import LagMeter

LOOP_MS = 5000


def serve(listener: socket.socket) -> None:
    """Accept and close, for ever."""
    listener.setblocking(False)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    while True:
        selector.select()
        try:
            while True:
                listener.accept()[0].close()
        except BlockingIOError:
            continue


def configuration(servers: int, port: int) -> director.Configuration:
    """Return services of ten real servers each."""
    check = checks.Check(checks.TcpCheck(checks.Connect(timeout_ms=3000)), checks.Rhythm(LOOP_MS))
    first, virtual = ip_address("127.1.0.0"), ip_address("10.0.0.0")
    services = []
    for number in range(servers // 10):
        key = lvs.ServiceAddress(lvs.Transport.TCP, virtual + number, 80)
        real = [lvs.RealServer(lvs.ServerKey(first + number * 10 + n, port)) for n in range(10)]
        watched = tuple(director.CheckedServer(one, director.Terms((check,))) for one in real)
        services.append(director.CheckedService(str(key), (lvs.VirtualService(key),), watched))
    return director.Configuration(tuple(services))


async def measure(servers: int, seconds: float, port: int, folder: Path) -> dict[str, float]:
    """Return what it costs once the first checks are over."""
    lag = LagMeter()
    one = Director(MemoryDataplane(), Ledger(folder / "ledger"), lambda: None)
    began = time.perf_counter()
    one.configure(configuration(servers, port))
    configured_s = time.perf_counter() - began
    await asyncio.sleep(LOOP_MS / 1000 + 1.5)
    lag.start()
    before, probes, clock = time.process_time(), one.status()["probes"], time.perf_counter()
    await asyncio.sleep(seconds)
    passed = time.perf_counter() - clock
    cpu, probed = time.process_time() - before, one.status()["probes"] - probes
    up = sum(server.up for service in one.machine.services.values() for server in service.servers.values())
    await one.close()
    return {
        "servers": servers, "up": up, "configured_s": round(configured_s, 2), "checks_per_s": round(probed / passed),
        "core": round(cpu / passed, 3), "lag_p99_ms": round(lag.histogram.percentile(0.99), 1),
    }  # fmt: skip


def main() -> None:
    """Measure, and print."""
    servers = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20
    allow_many_files()
    listener = socket.create_server(("0.0.0.0", 0), backlog=4096)
    process = multiprocessing.Process(target=serve, args=(listener,), daemon=True)
    process.start()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(measure(servers, seconds, listener.getsockname()[1], Path(folder)))))
    process.terminate()


if __name__ == "__main__":
    main()
