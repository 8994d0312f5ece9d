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
from standfast.runtime.live import LagMeter
from standfast.web import schema

LAG, OWN = "loop_lag", "own_lag"


def histogram(record: schema.HistogramRecord) -> Histogram:
    """Return the histogram that a record carries."""
    found = Histogram(record.bounds_ms)
    found.counts, found.total = list(record.counts), sum(record.counts)
    found.sum, found.maximum = record.sum_ms, record.maximum_ms
    return found


class Collected:
    """What the daemons of a cluster measured, those that were killed included as far as they could be asked."""

    def __init__(self, cluster: Cluster) -> None:
        self.histograms = {LAG: Histogram(), OWN: Histogram()}
        self._cluster = cluster
        cluster.before_kill = self.collect

    def collect(self, name: str) -> None:
        """Add what a daemon has measured since its start."""
        with contextlib.suppress(StandfastError):
            for kind, record in self._cluster.api(name).metrics().histograms.items():
                self.histograms[kind].merge(histogram(record))

    def collect_all(self) -> dict[str, Histogram]:
        """Add what all that live have measured; return everything."""
        for name in self._cluster.daemons:
            self.collect(name)
        return self.histograms


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
