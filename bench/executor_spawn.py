"""How long a call of an agent takes from order to outcome, beside the same program called by other means.

    PYTHONPATH=src python bench/executor_spawn.py [CALLS]

Prints milliseconds (median, 95th percentile) and the ratio to `subprocess.run`: on an idle loop, on a loop that is
busy for 2 ms of every 5, and for many calls at once. The agent is a shell script that only ends.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from standfast.agents import AgentName, Invocation, Site, environment
from standfast.agents.live import Runner

AGENT = AgentName("ocf", "nothing", "bench")
AT_ONCE = 50


def show(name: str, seconds: list[float], reference: float) -> None:
    """Print one line."""
    milliseconds = sorted(s * 1000 for s in seconds)
    p95 = milliseconds[int(len(milliseconds) * 0.95)]
    median = statistics.median(milliseconds)
    print(f"{name:40} {median:8.2f} {p95:8.2f} {median / (reference * 1000):7.2f}")


async def timed(call: Callable[[], Awaitable[object]], count: int) -> list[float]:
    """Return the durations of so many calls, one after the other."""
    found = []
    for _ in range(count):
        begun = time.perf_counter()
        await call()
        found.append(time.perf_counter() - begun)
    return found


async def load() -> None:
    """Hold the loop for 2 ms of every 5."""
    while True:
        end = time.perf_counter() + 0.002
        while time.perf_counter() < end:
            pass
        await asyncio.sleep(0.003)


async def measure(site: Site, path: str, count: int) -> None:
    """Measure and print."""
    runner, invocation = Runner(site), Invocation(AGENT, "monitor", 20_000, "r", {f"p{i}": "v" for i in range(20)})
    names = environment(invocation, site)

    async def plain() -> None:
        subprocess.run([path, "monitor"], env=names, capture_output=True, check=True)

    async def own() -> None:
        await runner.run(invocation)

    async def library() -> None:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(path, "monitor", env=names, stdout=pipe, stderr=pipe)
        await process.communicate()

    await timed(plain, 20)
    reference = statistics.median(found := await timed(plain, count))
    print(f"{'milliseconds':40} {'median':>8} {'p95':>8} {'ratio':>7}")
    show("subprocess.run", found, reference)
    show("runner", await timed(own, count), reference)
    show("asyncio.create_subprocess_exec", await timed(library, count), reference)
    busy = asyncio.create_task(load())
    show("runner, busy loop", await timed(own, count), reference)
    show("asyncio, busy loop", await timed(library, count), reference)
    busy.cancel()
    for name, call in (("runner", own), ("asyncio", library)):
        begun = time.perf_counter()
        await asyncio.gather(*(call() for _ in range(AT_ONCE)))
        show(f"{name}, {AT_ONCE} at once, each", [(time.perf_counter() - begun) / AT_ONCE], reference)


def main() -> None:
    """Make the agent and measure."""
    with tempfile.TemporaryDirectory() as folder:
        agent = Path(folder, "bench", "nothing")
        agent.parent.mkdir()
        agent.write_text("#!/bin/sh\nexit 0\n")
        agent.chmod(0o755)
        asyncio.run(measure(Site(ocf_directories=(folder,)), str(agent), int((sys.argv[1:] or ["150"])[0])))


if __name__ == "__main__":
    main()
