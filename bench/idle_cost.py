"""What three idle daemons cost: memory and processor time of each with its workers, the agents' apart.

    PYTHONPATH=src python bench/idle_cost.py [--seconds 30] [--resources 6]

The resources are monitored every 10 s. Memory is PSS: shared pages count for each in equal parts. Processor time is
of one core; the peer is the engine's process. Ends with 1 if a node costs more than 100 MiB or 1 % of a core.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from rig.cluster import NAMES, Cluster, cluster

from standfast.web import schema

MEMORY_MIB_MAX = 100
CORE_PERCENT_MAX = 1.0
TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds so far: of processes that go on, and of children that ended and were awaited by them."""

    own_s: float
    children_s: float


def lasting(pid: int) -> list[int]:
    """Return the daemon and its workers: the Python processes of ours below it."""
    found = [pid]
    for child in psutil.Process(pid).children(recursive=True):
        try:
            if "standfast" in " ".join(child.cmdline()):
                found.append(child.pid)
        except psutil.Error:
            continue
    return found


def pss_mib(pids: list[int]) -> list[float]:
    """Return the proportional set size of each."""
    return [psutil.Process(pid).memory_full_info().pss / 2**20 for pid in pids]


def cost(pids: list[int]) -> Cost:
    """Return what these have used so far."""
    own = children = 0.0
    for pid in pids:
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        own += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9 if _one_thread(pid) else _ticks(words)
        children += (int(words[13]) + int(words[14])) * TICK_S
    return Cost(own, children)


def _one_thread(pid: int) -> bool:
    return len(os.listdir(f"/proc/{pid}/task")) == 1


def _ticks(words: list[str]) -> float:
    return (int(words[11]) + int(words[12])) * TICK_S


def measure(running: Cluster, seconds: float) -> int:
    """Print the table; return 1 if a target is missed."""
    groups = {name: lasting(running.daemons[name].pid) for name in NAMES}
    groups["sequencer"] = [running.sequencer.pid]
    before = {name: cost(pids) for name, pids in groups.items()}
    time.sleep(seconds)
    print(f"{'':12} {'PSS MiB':>8} {'of which':>16} {'core %':>7} {'agents core %':>14} {'to target':>10}")
    missed = 0
    for name, pids in groups.items():
        now, memory = cost(pids), pss_mib(pids)
        own = (now.own_s - before[name].own_s) / seconds * 100
        agents = (now.children_s - before[name].children_s) / seconds * 100
        parts = " + ".join(f"{m:.1f}" for m in memory)
        ratio = max(sum(memory) / MEMORY_MIB_MAX, own / CORE_PERCENT_MAX)
        missed |= name in NAMES and ratio > 1
        print(f"{name:12} {sum(memory):8.1f} {parts:>16} {own:7.2f} {agents:14.2f} {ratio:10.2f}")
    return missed


def main() -> int:
    """Start a cluster, let it come to rest, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--resources", type=int, default=6)
    options = parser.parse_args()
    with cluster() as running:
        names = [f"r{number}" for number in range(options.resources)]
        text = running.configuration("".join(running.primitive(name, "10s") for name in names))
        running.change(schema.Edit("replace", text, "configuration"))
        running.eventually("all run", lambda: all(len(running.where(name)) == 1 for name in names))
        running.eventually("at rest", running.is_at_rest)
        time.sleep(3)
        return measure(running, options.seconds)


if __name__ == "__main__":
    sys.exit(main())
