"""Pacemaker and standfast in turn on three Corosync nodes: outages, first start, idle cost, and their ratios.

    .venv/bin/python bench/live.py --rig live_pacemaker.py [--runs 11] [--tokens 300,1000,default] [--events kill,...]

The rig is a program that raises the nodes, does the events and measures; it is the same for both, and `live.command`
tells it how ours is started and spoken to. One run is one cluster of each, at each token, with each event once; the
medians over the runs are compared. Ends with 1 if a ratio is over its target: 0.8 at node death and a cut with a token
that is set, 0.85 with Corosync's own, 1 at an application's death and a standby. Needs root, corosync, pacemaker.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RIG = HERE.parent.parent / "shared" / "bench" / "live_pacemaker.py"
MANAGERS = {"pacemaker": "", "standfast": (HERE / "live.command").read_text()}
EVENTS = ("kill", "killdc", "cut", "app", "standby")
LOSSES = ("kill", "killdc", "cut")
FIRST_START_S = 4.0
OVER_FLOOR_S = 0.25
CONSENSUS = 1.2  # of the token, unless corosync.conf says so. Source: corosync.conf(5)
LIMIT_S = 900
NOT_THE_MANAGER = ("corosync", "lab_app", "python3", "sleep")
Results = dict[tuple[str, str, str], list[float]]  # by manager, token and what was measured


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--rig", type=Path, default=RIG)
    p.add_argument("--runs", type=int, default=11)
    p.add_argument("--tokens", default="300,1000,default")
    p.add_argument("--events", default=",".join(EVENTS))
    p.add_argument("--json", type=Path, metavar="FILE", help="keep every report of the rig")
    return p


def environment() -> dict[str, str]:
    """Return what lets the rig find our programs."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "PYTHONPATH": str(HERE.parent / "src")}


def measure(rig: Path, manager: str, token: str, events: str) -> dict[str, Any]:
    """Return the rig's report of one cluster. Raises: CalledProcessError, TimeoutExpired."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "report.json")
        command = [sys.executable, str(rig), *shlex.split(MANAGERS[manager]), "--runs", "1", "--events", events]
        command += ["--json", str(file), *([] if token == "default" else ["--token", token])]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment(), timeout=LIMIT_S)
        report: dict[str, Any] = json.loads(file.read_text())
        return report


def take(results: Results, manager: str, token: str, report: dict[str, Any]) -> None:
    """Add what a report says: seconds, and percent of a processor."""
    results[manager, token, "online"].append(report["online_s"])
    usage = [part["idle_cpu_percent"] for name, part in report["usage"].items() if name not in NOT_THE_MANAGER]
    results[manager, token, "idle %"].append(sum(usage))
    floor_ms = float(report["token_ms"]) * (1 + CONSENSUS)
    for run in report["runs"]:
        if "error" in run or run["outage"] is None:
            print(f"{manager}, token {token}, {run['event']}: {run.get('error', 'no outage seen')}", file=sys.stderr)
            continue
        results[manager, token, run["event"]].append(run["outage"] / 1000)
        if run["event"] in ("kill", "killdc") and run["fence"] is not None:
            results[manager, token, f"{run['event']}: fence - floor"].append((run["fence"] - floor_ms) / 1000)


def target(token: str, what: str) -> float | None:
    """Return what the ratio may be at most; None if it is not compared."""
    if what in LOSSES:
        return 0.85 if token == "default" else 0.8
    return 1.0 if what in EVENTS else None


def absolute(what: str) -> float | None:
    """Return what ours may be at most by itself."""
    return OVER_FLOOR_S if what == "kill: fence - floor" else FIRST_START_S if what == "online" else None


def print_table(results: Results, tokens: list[str]) -> int:
    """Print medians and ratios; return how many are over their target."""
    over = 0
    print(f"{'token':>8} {'what':<22} {'pacemaker':>10} {'standfast':>10} {'ratio':>6} {'target':>6}  runs")
    for token in tokens:
        for what in sorted({key[2] for key in results if key[1] == token}):
            both = [results[manager, token, what] for manager in MANAGERS]
            theirs, ours = (statistics.median(values) if values else None for values in both)
            ratio = ours / theirs if ours is not None and theirs and what in (*EVENTS, "online") else None
            limit, own_limit = target(token, what), absolute(what)
            late = (limit is not None and (ratio is None or ratio > limit)) or (own_limit and (ours or 0) > own_limit)
            over += bool(late)
            words = [f"{v:.2f}" if v is not None else "-" for v in (theirs, ours, ratio, limit or own_limit)]
            mark = "  over" if late else ""
            line = f"{token:>8} {what:<22} {words[0]:>10} {words[1]:>10} {words[2]:>6} {words[3]:>6}"
            print(f"{line}  {len(both[0])}/{len(both[1])}{mark}")
    return over


def main() -> int:
    """Do what the command line says; return the exit status."""
    options = parser().parse_args()
    if not options.rig.exists():
        print(f"no rig at {options.rig}: name it with --rig", file=sys.stderr)
        return 69
    results: Results = defaultdict(list)
    reports, tokens = [], options.tokens.split(",")
    for number in range(options.runs):
        for token in tokens:
            for manager in MANAGERS:
                try:
                    report = measure(options.rig, manager, token, options.events)
                except (subprocess.SubprocessError, OSError) as error:
                    print(f"{manager}, token {token}: {error}", file=sys.stderr)
                    continue
                take(results, manager, token, report)
                reports.append({"manager": manager, **report})
                print(f"run {number + 1}: {manager}, token {token}", file=sys.stderr, flush=True)
                if options.json:
                    options.json.write_text(json.dumps(reports))
    return 1 if print_table(results, tokens) else 0


if __name__ == "__main__":
    sys.exit(main())
