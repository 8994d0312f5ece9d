"""keepalived and ours in turns on a rig of two routers and a client: what a changeover costs above the floor.

    vrrp_turns.py --rig vrrp_keepalived.py [--runs N] [--adverts 1,0.1,0.01] [--events kill,stop] [--json FILE]

The rig is a program that raises the routers, ends the first and measures; it is the same for both, and one run is one
of each. `over` is milliseconds from what the protocol itself asks for until the address is there; a run that changed
over by itself is counted. Targets: kill at most keepalived's and 0.5 ms at the median, 5 ms at the 90th percentile;
stop not larger; nothing more than 0.5 ms below the floor. Ends with 1 if one is missed. Needs root, keepalived.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RIG = HERE.parent.parent / "shared" / "bench" / "vrrp_keepalived.py"
OURS = "standfast keepalived -n -l -D -P -f {conf} -p {dir}/main.pid -r {dir}/vrrp.pid"
COMMANDS: dict[str, list[str]] = {"keepalived": [], "ours": ["--start-a", OURS, "--start-b", OURS]}
BY_ITSELF = ("node b was master before the event", "both nodes advertise: no agreement")
BELOW_MS = -0.5
SLACK_MS = {"kill": (0.5, 5.0), "stop": (0.0, 0.0)}
"""What ours may be above keepalived, at the median and at the 90th percentile."""
LIMIT_S = 300
QUICK = (
    "import runpy, sys; sys.setswitchinterval(1e-5); del sys.argv[0]; runpy.run_path(*sys.argv[:1], None, '__main__')"
)
"""Runs the rig with an interpreter that changes threads at once: one of its threads stamps what it sees, and would
otherwise wait up to 5 ms for the one that ends the router. A stamp of the last advert that is late moves the floor."""


@dataclass
class Series:
    """What one daemon did at one interval with one event."""

    over_ms: list[float] = field(default_factory=list)
    by_itself: int = 0
    failed: Counter[str] = field(default_factory=Counter)

    def take(self, report: dict[str, Any]) -> None:
        """Add the runs of a report."""
        (series,) = report["series"]
        self.over_ms += [run["over"] for run in series["runs"]]
        for error in series["errors"]:
            if error.partition(": ")[2] in BY_ITSELF:
                self.by_itself += 1
            else:
                self.failed[error] += 1

    @property
    def median(self) -> float:
        """Return the median of `over`."""
        return statistics.median(self.over_ms)

    @property
    def ninetieth(self) -> float:
        """Return its 90th percentile."""
        return sorted(self.over_ms)[int(len(self.over_ms) * 0.9)]

    @property
    def below(self) -> int:
        """Return how many runs were too early."""
        return sum(over < BELOW_MS for over in self.over_ms)


def measure(rig: Path, daemon: str, advert: str, event: str) -> dict[str, Any]:
    """Return the rig's report of one run."""
    path = os.pathsep.join([str(HERE.parent / ".venv" / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(HERE.parent / "src")}
    which = ["--runs", "1", "--adverts", advert, "--events", event, *COMMANDS[daemon]]
    words = [sys.executable, "-c", QUICK, str(rig), *which]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        output, trouble = running.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGINT)  # it takes away what it made
        running.communicate()
        return {"series": [{"runs": [], "errors": [f"not done in {LIMIT_S} s"]}]}
    if trouble:
        print(f"{daemon} {advert} {event}: {trouble}", file=sys.stderr)
    report: dict[str, Any] = json.loads(output)
    return report


def missed(event: str, ours: Series, theirs: Series) -> list[str]:
    """Return what ours does not reach."""
    if not ours.over_ms or not theirs.over_ms:
        return ["no runs"]
    median_ms, ninetieth_ms = SLACK_MS[event]
    wrong = ["median"] if ours.median > theirs.median + median_ms else []
    wrong += ["90th"] if ours.ninetieth > theirs.ninetieth + ninetieth_ms else []
    return wrong + (["below the floor"] if ours.below else [])


def told(daemon: str, advert: str, event: str, series: Series) -> str:
    """Return a line of the table."""
    over = series.over_ms
    figures = (series.median, series.ninetieth, max(over), min(over)) if over else ()
    return (
        f"{advert:>5} s {event:5} {daemon:11}{len(over):5}"
        + "".join(f"{each:9.2f}" for each in figures)
        + (f"{series.below:7}{series.by_itself:10}" + "".join(f"  {n} x {what}" for what, n in series.failed.items()))
    )


def main() -> int:
    """Measure, print the table; return how it went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rig", type=Path, default=RIG)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--adverts", default="1,0.1,0.01")
    parser.add_argument("--events", default="kill,stop")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep every report of the rig")
    arguments = parser.parse_args()
    found: dict[tuple[str, str, str], Series] = defaultdict(Series)
    reports: list[dict[str, Any]] = []
    status = 0
    print(f"{'':14}{'over, ms':11}{'runs':>5}{'median':>9}{'90th':>9}{'max':>9}{'min':>9}{'early':>7}{'by itself':>10}")
    for advert in arguments.adverts.split(","):
        for event in arguments.events.split(","):
            for _ in range(arguments.runs):
                for daemon in COMMANDS:
                    reports.append({"daemon": daemon, **measure(arguments.rig, daemon, advert, event)})
                    found[daemon, advert, event].take(reports[-1])
                    if arguments.json:
                        arguments.json.write_text(json.dumps(reports))
            for daemon in COMMANDS:
                print(told(daemon, advert, event, found[daemon, advert, event]), flush=True)
            wrong = missed(event, found["ours", advert, event], found["keepalived", advert, event])
            status |= bool(wrong)
            print(f"{'':14}missed: {', '.join(wrong)}" if wrong else f"{'':14}reached", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
