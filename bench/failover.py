"""Outage and start times of a three-node lab: medians over a number of runs.

    .venv/bin/python bench/failover.py [--runs 5] [--events start,node-death,cut,process-death,standby] [--json FILE]

Each event happens to the node that has the service; the page is asked for every 5 ms from beside the bridge, and the
longest gap between two answers is the outage. `start`: a whole lab, until all three nodes are online. Ends with 1 if a
median is over its target (node death 1500 ms, start 3000 ms).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from standfast.errors import StandfastError
from standfast.lab import demo, outage, reporting, story
from standfast.lab.live import control, launch, loading, node_api, packages, setup, share

TARGETS_MS = {"node-death": 1500, "start": 3000}
LIMIT_S = 60.0


class Quiet(reporting.Plain):
    """Says nothing on the way."""

    def _print(self, text: str, end: str = "\n") -> None:
        """Print nothing."""

    def claim(self, claim: story.Claim) -> None:
        """Say only what was not seen."""
        if not claim.holds:
            print(f"not seen: {claim.text}", file=sys.stderr)


@contextmanager
def lab() -> Iterator[tuple[demo.Demo, float]]:
    """Yield a lab's driver and how long its first start took, in ms; end it afterwards."""
    settings = setup.settings("bench", demo.NODES)
    begun = time.monotonic()
    lease = launch.up(settings)
    driver = demo.Demo(control.Lab(Path(settings.folder)), Quiet())
    try:
        online = node_api.all_online(driver.names)
        node_api.wait_for_status(driver.lab, driver.names[:1], "all nodes online", LIMIT_S, online)
        yield driver, (time.monotonic() - begun) * 1000
    finally:
        lease.end(driver.lab.folder)


def node_death(driver: demo.Demo, node: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return what happens, and what undoes it: its fencing boots it again."""
    return lambda: driver.lab.kill(node), lambda: None


def cut(driver: demo.Demo, node: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return what happens, and what undoes it."""
    return lambda: driver.lab.cut(node), driver.lab.heal


def process_death(driver: demo.Demo, node: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return what happens; nothing has to be undone."""
    return lambda: _discard(driver.lab.output(node, "pkill", "-KILL", "-x", "nginx")), lambda: None


def standby(driver: demo.Demo, node: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """Return what happens, and what undoes it."""
    api = driver.api(next(name for name in driver.names if name != node))
    return lambda: _discard(api.order_node(node, "standby")), lambda: _discard(api.order_node(node, "online"))


def _discard(_: object) -> None:
    """Do without an answer."""


EVENTS = {"node-death": node_death, "cut": cut, "process-death": process_death, "standby": standby}


def measure(driver: demo.Demo, event: str, run: int) -> outage.Gap:
    """Return the outage that an event brings, after all has settled again.

    Each run begins at another moment of the monitors' interval.
    """
    status = driver.settle("settled")
    node = driver.place(status)
    driver.page.wait_for_answer(time.monotonic() * 1000, LIMIT_S)
    time.sleep(1 + run * 0.37 % 1)
    happen, undo = EVENTS[event](driver, node)
    begun = time.monotonic() * 1000
    happen()
    gap = driver.page.wait_for_return(begun, LIMIT_S, gone="" if event == "process-death" else node)
    undo()
    return gap


def main() -> int:
    """Run what the command line asks for; print each run and the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--events", default=",".join(("start", *EVENTS)))
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    packages.provide()
    times: dict[str, list[float]] = {event: [] for event in options.events.split(",")}
    for _ in range(options.runs - 1 if "start" in times else 0):
        with lab() as (_, took_ms):
            times["start"].append(took_ms)
    with lab() as (driver, took_ms):
        if "start" in times:
            times["start"].append(took_ms)
        loading.load(driver.api("n1"), share.demo_configuration(), "demo.crm")
        for event in (event for event in times if event != "start"):
            for run in range(options.runs):
                gap = measure(driver, event, run)
                times[event].append(gap.length_ms)
                print(f"{event:<14} {gap.length_ms:7.0f} ms  {gap.before} -> {gap.after}", flush=True)
    return report(times, options.json)


def report(times: dict[str, list[float]], file: str | None) -> int:
    """Print the medians; return 1 if one is over its target."""
    late = []
    print(f"{'event':<14} {'runs':>4} {'min':>7} {'median':>7} {'max':>7}  target (ms)")
    for event, values in times.items():
        median, target = statistics.median(values), TARGETS_MS.get(event)
        print(f"{event:<14} {len(values):>4} {min(values):7.0f} {median:7.0f} {max(values):7.0f}  {target or ''}")
        if target and median > target:
            late.append(event)
    if file:
        Path(file).write_text(json.dumps(times))
    return 1 if late else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StandfastError as error:
        sys.exit(f"failover.py: {error}")
