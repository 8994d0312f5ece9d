"""How soon a cut path is noticed: our BFD beside keepalived's, in the same run, by the same cuts.

  bfd_detection.py [--runs N] [--interval MS] [--multiplier N] [--peer keepalived|frr|ours] [--steady S]
                   [--rt-priority N]

Ours and the peer are each other's neighbours; each cut of the bridge between them is one sample of each. After half of
the runs they change places. `noticed` is from the last packet that reached a speaker to its first packet that says
Down, as the kernel saw both; `over` is what of it is above the Detection Time. Milliseconds. Needs root.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from rig.bfd_pair import Pair, Setting
from rig.namespaces import until

from standfast.director.bfd import Diagnostic, State

Samples = dict[str, list[float]]
"""By measure."""


def cut_once(pair: Pair) -> dict[str, dict[str, float]]:
    """Return what each node took to notice one cut, by measure."""
    if not until(pair.settled):
        raise SystemExit("no session:\n" + "".join(pair.log(node)[-1500:] for node in "ab"))
    time.sleep(0.2 + time.time_ns() % 50 / 1000)  # anywhere in an interval
    packets, lines = len(pair.sent), len(pair.lines)
    pair.cut()
    until(lambda: all(pair.noticed_ms(node, packets, Diagnostic.TIME_EXPIRED) is not None for node in "ab"), 5)
    time.sleep(0.1)
    found: dict[str, dict[str, float]] = {}
    for node in "ab":
        measures = {
            "logged": pair.logged_ms(node, lines),
            "wire": pair.noticed_ms(node, packets, Diagnostic.TIME_EXPIRED),
        }
        found[node] = {measure: value for measure, value in measures.items() if value is not None}
    pair.cut(False)
    return found


def measure(kinds: dict[str, str], runs: int, setting: Setting, samples: dict[str, Samples]) -> None:
    """Add samples, by which daemon it was."""
    with tempfile.TemporaryDirectory(prefix="sfb-") as folder, Pair(Path(folder)) as pair:
        Path(folder).chmod(0o755)
        for node, kind in kinds.items():
            pair.start(node, kind, setting)
        for _ in range(runs):
            for node, measures in cut_once(pair).items():
                for name, value in measures.items():
                    samples.setdefault(kinds[node], {}).setdefault(name, []).append(value)


def false_alarms(kinds: dict[str, str], seconds: float, setting: Setting) -> dict[str, int]:
    """Return how often each daemon took the other for dead although nothing was cut."""
    with tempfile.TemporaryDirectory(prefix="sfb-") as folder, Pair(Path(folder)) as pair:
        Path(folder).chmod(0o755)
        for node, kind in kinds.items():
            pair.start(node, kind, setting)
        if not until(pair.settled):
            raise SystemExit("no session")
        since = len(pair.sent)
        time.sleep(seconds)
        alarms = dict.fromkeys(kinds.values(), 0)
        was = dict.fromkeys(kinds, State.UP)
        for seen in pair.sent[since:]:
            expired = seen.packet.state is State.DOWN and seen.packet.diagnostic == Diagnostic.TIME_EXPIRED
            alarms[kinds[seen.node]] += expired and was[seen.node] is State.UP
            was[seen.node] = seen.packet.state
    return alarms


def told(samples: Samples, detection_ms: int) -> dict[str, float]:
    """Return the figures of one daemon: what lies over the Detection Time."""
    figures: dict[str, float] = {}
    for name, values in sorted(samples.items()):
        over = sorted(value - detection_ms for value in values)
        figures |= {
            f"{name}_runs": len(over),
            f"{name}_over_median": round(statistics.median(over), 2),
            f"{name}_over_90th": round(over[int(len(over) * 0.9)], 2),
            f"{name}_over_max": round(over[-1], 2),
        }
    return figures


def main() -> None:
    """Measure and print one JSON line for each daemon."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--interval", type=int, default=15, metavar="MS")
    parser.add_argument("--multiplier", type=int, default=3)
    parser.add_argument("--peer", choices=("keepalived", "frr", "ours"), default="keepalived")
    parser.add_argument("--steady", type=float, default=0, metavar="S")
    parser.add_argument("--rt-priority", type=int, default=0, metavar="N", help="of ours and keepalived")
    options = parser.parse_args()
    if os.geteuid() or not shutil.which("ip") or (options.peer == "keepalived" and not shutil.which("keepalived")):
        print(f"needs root, iproute2 and {options.peer}")
        return
    setting = Setting(options.interval, options.multiplier, rt_priority=options.rt_priority)
    if options.steady:
        for kind, alarms in false_alarms({"a": "ours", "b": options.peer}, options.steady, setting).items():
            print(json.dumps({"daemon": kind, "detection_ms": setting.detection_ms, "false": alarms}))
        return
    samples: dict[str, Samples] = {}
    for kinds in ({"a": "ours", "b": options.peer}, {"a": options.peer, "b": "ours"}):
        measure(kinds, max(options.runs // 2, 1), setting, samples)
    for kind, found in samples.items():
        figures = told(found, setting.detection_ms)
        print(json.dumps({"daemon": kind, "detection_ms": setting.detection_ms, **figures}))


if __name__ == "__main__":
    main()
