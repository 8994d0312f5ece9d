"""How late the daemons' loops are, beside a bare loop of the same moment and what other processes took.

    PYTHONPATH=src python bench/loop_lag.py [--seconds 20] [--phases failures,scheduled,large]
                                            [--nodes 16] [--resources 500]

`failures`: three nodes lose services, daemons and machines, and change their configuration. `scheduled`: a
configuration of 16 nodes and 500 resources is loaded and scheduled again and again. `large`: besides, it is planned,
explained and changed, and a daemon joins. The nodes beyond the third have a status, which is loaded before the lag
counts, and no daemon.

The lag is by each daemon's meter (a timer each 50 ms); its own share is the lag less the time in which its thread was
ready to run and had no processor. The bare loop says what nobody could do better. Ends with 1 if the daemons' own
share is over 50 ms at the 99.9th percentile.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import sys
import time
from collections import Counter
from collections.abc import Callable

from rig import lag
from rig.cluster import NAMES, Cluster, cluster
from rig.large import Large

from standfast import errors
from standfast.runtime.histogram import Histogram
from standfast.web import schema

LIMIT_MS = 50
PAUSE_S = 0.6
Story = Callable[[Cluster, Callable[[], None], Counter[str]], None]


def failures(running: Cluster, seconds: float, done: Counter[str]) -> None:
    """Break one thing after the other."""
    names = [f"r{number}" for number in range(6)]
    text = running.configuration("".join(running.primitive(name, "1s") for name in names))
    running.change(schema.Edit("replace", text, "configuration"))
    running.eventually("all run", lambda: all(len(running.where(name)) == 1 for name in names))
    end = time.monotonic() + seconds

    def service_dies(node: str) -> None:
        for resource in names:
            (running.services / f"{resource}@{node}").unlink(missing_ok=True)

    def daemon_dies(node: str) -> None:
        running.kill_daemon(node)
        running.start_daemon(node)

    def machine_dies(node: str) -> None:
        fenced = len(running.fenced)
        running.kill_machine(node)
        running.eventually("fencing", lambda: len(running.fenced) > fenced)

    def standby(node: str) -> None:
        running.api().order_node(node, "standby", schema.Order())
        running.api().order_node(node, "online", schema.Order())

    def attributes(node: str) -> None:
        for value in range(20):
            running.api().set_attribute(schema.AttributeUpdate(node, "level", str(value), dampening_ms=0))

    for number in itertools.count():
        for step in (service_dies, machine_dies, standby, daemon_dies, attributes):
            if time.monotonic() > end:
                return
            step(NAMES[number % len(NAMES)])
            done[step.__name__] += 1
            running.eventually("at rest", running.is_at_rest)


def load(running: Cluster, count: Callable[[], None], done: Counter[str], size: tuple[int, int]) -> None:
    """Load a large configuration with its status; count from the moment in which it may be acted on."""
    content = Large(str(running.services), *size)
    text = running.configuration(
        "".join(content.resources), "".join(content.constraints), content.node_elements, " ".join(content.names)
    )
    maintenance = '<nvpair id="o3" name="maintenance-mode" value="{}"/>'
    text = text.replace("</cluster_property_set>", maintenance.format("true") + "</cluster_property_set>")
    running.change(schema.Edit("replace", text, "configuration"))
    for state in content.node_states():
        running.change(schema.Edit("replace", state, "status"))
    running.eventually("at rest", running.is_at_rest)
    count()
    running.change(schema.Edit("replace", text.replace(maintenance.format("true"), ""), "configuration"))
    done["load"] += 1


def scheduled(
    running: Cluster, count: Callable[[], None], seconds: float, done: Counter[str], size: tuple[int, int]
) -> None:
    """Have a large configuration scheduled again and again: a node's attribute changes."""
    load(running, count, done, size)
    end = time.monotonic() + seconds
    for number in itertools.count():
        if time.monotonic() > end:
            return
        running.api().set_attribute(schema.AttributeUpdate("n1", "level", str(number), dampening_ms=0))
        done["attribute"] += 1
        time.sleep(PAUSE_S)


def large(
    running: Cluster, count: Callable[[], None], seconds: float, done: Counter[str], size: tuple[int, int]
) -> None:
    """Ask and change a large configuration in all ways at once for so long."""
    load(running, count, done, size)
    end = time.monotonic() + seconds
    api = running.api()
    tag = '<tag id="mark-{}"><obj_ref id="s0000"/></tag>'
    steps: dict[str, Callable[[int], object]] = {
        "status": lambda n: [running.status(name) for name in NAMES],
        "change": lambda n: running.change(schema.Edit("create", tag.format(n), "tags")),
        "plan": lambda n: api.plan(schema.PlanRequest(node_fail=[f"n{n % size[0] + 1}"])),
        "explain": lambda n: api.explain("s0003"),
        "crm_mon": lambda n: api.status_xml(),
        "reschedule": lambda n: api.order_resource(f"s{n:04}", "unmanage", schema.Order()),
        "join": lambda n: rejoin(running, "n3"),
    }
    for number in itertools.count(1):
        for name, step in steps.items():
            if time.monotonic() > end:
                return
            with contextlib.suppress(errors.RequestError):
                step(number)
                done[name] += 1


def rejoin(running: Cluster, name: str) -> None:
    """Kill a daemon and start it again: it gets the whole state."""
    running.kill_daemon(name)
    running.start_daemon(name)
    running.eventually("all online", running.is_online)


def measure(name: str, story: Story) -> float:
    """Run a story on a new cluster; print the table; return the daemons' own share at the 99.9th percentile."""
    done: Counter[str] = Counter()
    with cluster() as running, lag.bare_loop() as bare:
        collected = lag.Collected(running)
        story(running, collected.begin, done)
        found = collected.collect_all()
    print(f"== {name}: " + ", ".join(f"{count} {what}" for what, count in done.items()))
    rows: list[tuple[str, Histogram]] = [
        ("daemons", found[lag.LAG]),
        ("daemons, own share", found[lag.OWN]),
        ("bare loop beside", bare[lag.LAG]),
        ("bare loop beside, own share", bare[lag.OWN]),
    ]
    lag.table(rows)
    ours, beside = found[lag.LAG].percentile(0.999), bare[lag.LAG].percentile(0.999)
    print(f"{'ratio of p99.9 to the bare loop':34} {ours / max(beside, 0.1):8.1f}\n", flush=True)
    return found[lag.OWN].percentile(0.999)


def main() -> int:
    """Measure the phases that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--phases", default="failures,scheduled,large")
    parser.add_argument("--nodes", type=int, default=16)
    parser.add_argument("--resources", type=int, default=500)
    options = parser.parse_args()
    size = (options.nodes, options.resources)
    stories: dict[str, Story] = {
        "failures": lambda running, count, done: failures(running, options.seconds, done),
        "scheduled": lambda running, count, done: scheduled(running, count, options.seconds, done, size),
        "large": lambda running, count, done: large(running, count, options.seconds, done, size),
    }
    own = [measure(name, stories[name]) for name in options.phases.split(",")]
    return int(max(own) > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
