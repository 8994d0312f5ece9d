"""The loops' lag: the daemons' by their own meters, and that of a bare loop in a process beside them."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterable, Iterator

import msgspec

from rig.cluster import Cluster, environment
from standfast.daemons import answers
from standfast.errors import StandfastError
from standfast.runtime.histogram import Histogram
from standfast.runtime.live.lag import LagMeter
from standfast.web import schema

LAG, OWN = "loop_lag", "own_lag"


def histogram(record: schema.HistogramRecord) -> Histogram:
    """Return the histogram that a record carries."""
    found = Histogram(record.bounds_ms)
    found.counts, found.total = list(record.counts), sum(record.counts)
    found.sum, found.maximum = record.sum_ms, record.maximum_ms
    return found


class Collected:
    """What the daemons of a cluster measured since `begin`, those that were killed included."""

    def __init__(self, cluster: Cluster) -> None:
        self.histograms = {LAG: Histogram(), OWN: Histogram()}
        self._before: dict[tuple[int, str], Histogram] = {}
        self._cluster = cluster
        cluster.before_kill = self.collect

    def begin(self) -> None:
        """Count from here."""
        self.histograms = {LAG: Histogram(), OWN: Histogram()}
        for name, daemon in self._cluster.daemons.items():
            for kind, found in self._ask(name).items():
                self._before[daemon.pid, kind] = found

    def collect(self, name: str) -> None:
        """Add what a daemon has measured since the beginning, or its start."""
        for kind, found in self._ask(name).items():
            before = self._before.get((self._cluster.daemons[name].pid, kind))
            self.histograms[kind].merge(found if before is None else since(before, found))

    def collect_all(self) -> dict[str, Histogram]:
        """Add what all that live have measured; return everything."""
        for name in self._cluster.daemons:
            self.collect(name)
        return self.histograms

    def _ask(self, name: str) -> dict[str, Histogram]:
        with contextlib.suppress(StandfastError):
            return {kind: histogram(r) for kind, r in self._cluster.api(name).metrics().histograms.items()}
        return {}


def since(before: Histogram, now: Histogram) -> Histogram:
    """Return what was counted between two looks; its maximum is known up to the bucket."""
    found = Histogram(now.bounds)
    found.counts = [b - a for a, b in zip(before.counts, now.counts, strict=True)]
    found.total, found.sum = now.total - before.total, now.sum - before.sum
    if now.maximum > before.maximum:
        found.maximum = now.maximum
    else:
        found.maximum = max((b for b, n in zip((*now.bounds, now.maximum), found.counts, strict=True) if n), default=0)
    return found


@contextlib.contextmanager
def bare_loop() -> Iterator[dict[str, Histogram]]:
    """Measure a loop that does nothing else in a process of its own; what it measured is there afterwards."""
    found: dict[str, Histogram] = {}
    command, pipe = [sys.executable, "-m", "rig.lag"], subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment())
    try:
        yield found
    finally:
        output, _ = process.communicate()
        records = msgspec.json.decode(output, type=dict[str, schema.HistogramRecord])
        found.update((kind, histogram(record)) for kind, record in records.items())


def table(rows: Iterable[tuple[str, Histogram]]) -> None:
    """Print quantiles, in ms."""
    print(f"{'':34} {'samples':>8} {'p50':>7} {'p99':>7} {'p99.9':>7} {'max':>7}   ms")
    for name, row in rows:
        shown = " ".join(f"{value:7.1f}" for value in answers.quantiles(row).values())
        print(f"{name:34} {row.total:8} {shown}")


async def _measure() -> None:
    """Measure until standard input ends, then print."""
    meter = LagMeter()
    meter.start()
    await asyncio.to_thread(sys.stdin.buffer.read)
    records = {LAG: answers.histogram(meter.histogram), OWN: answers.histogram(meter.own)}
    sys.stdout.buffer.write(msgspec.json.encode(records))


if __name__ == "__main__":
    asyncio.run(_measure())
