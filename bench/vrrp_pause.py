"""What a paused Active Router does when it goes on: ours and keepalived in turns.

  vrrp_pause.py [--runs N] [--interval S] [--pause S] [--rt-priority N]

Node a (priority 150) is stopped by SIGSTOP until node b has long taken over, and goes on. `both` is for how long from
then on both have the address, in ms, median and greatest; `adverts` how many leave a within three intervals, `burst`
how many of them within the first one, both the greatest; `arps` how often a tells the neighbours while both have the
address, which only who takes it back (preempt) may, once; `moved` in how many runs b gives the address up. Needs root,
iproute2, keepalived.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rig.namespaces import until
from rig.vrrp_pair import DAEMONS, NS_PER_S, Pair, Setting, prompt, send

INTERVALS_AFTER = 3
SETTLED_ADVERTS = 5


@dataclass(frozen=True)
class Wake:
    """What followed one wake."""

    both_ms: float
    adverts: int
    burst: int
    arps: int
    moved: int


def wait_for(what: str, pair: Pair, condition: Callable[[], object]) -> None:
    """Wait until it holds. Raises: SystemExit."""
    if not until(condition):
        raise SystemExit(f"{what}:\n{pair.log('a')[-2000:]}\n{pair.log('b')[-2000:]}")


def wake_once(kind: str, setting: Setting, pause_s: float) -> Wake:
    """Return what follows a wake."""
    address = setting.packed()
    with tempfile.TemporaryDirectory(prefix="vrp-") as folder, Pair(Path(folder)) as pair:
        pair.start("a", kind, setting.text("a"))
        wait_for("a is not Active", pair, lambda: pair.steady("a") and pair.first_held("a", True, 0, address))
        pair.start("b", kind, setting.text("b"))
        wait_for("b does not begin", pair, lambda: "backup" in pair.log("b").lower())
        stopped_ns = time.time_ns()
        paused = pair.processes("a")
        send(paused, signal.SIGSTOP)
        wait_for("b does not take over", pair, lambda: pair.first_held("b", True, stopped_ns, address))
        count = len(pair.adverts)
        wait_for("b is not steady", pair, lambda: pair.steady("b", SETTLED_ADVERTS, count))
        time.sleep(max(0, pause_s - (time.time_ns() - stopped_ns) / NS_PER_S))
        with prompt():
            woken_ns = time.time_ns()
            send(paused, signal.SIGCONT)
        time.sleep(INTERVALS_AFTER * setting.interval_s + 0.1)
        return seen(pair, setting, woken_ns)


def seen(pair: Pair, setting: Setting, woken_ns: int) -> Wake:
    """Return what there was from a wake on."""
    address, interval_ns = setting.packed(), round(setting.interval_s * NS_PER_S)
    ends = [end for node in "ab" if (end := pair.first_held(node, False, woken_ns, address))]
    adverts = [each.at_ns - woken_ns for each in pair.adverts if each.node == "a" and each.at_ns >= woken_ns]
    decided_ns = min(ends, default=woken_ns + INTERVALS_AFTER * interval_ns)
    arps = [each for each in pair.announcements if each.node == "a" and woken_ns <= each.at_ns < decided_ns]
    return Wake(
        (decided_ns - woken_ns) / 1e6,
        sum(after < INTERVALS_AFTER * interval_ns for after in adverts),
        sum(after < interval_ns for after in adverts),
        len(arps),
        sum(each.node == "b" and not each.there and each.at_ns >= woken_ns for each in pair.held),
    )


def main() -> None:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--interval", type=float, default=0.1, metavar="S")
    parser.add_argument("--pause", type=float, default=2, metavar="S")
    parser.add_argument("--rt-priority", type=int, default=0, metavar="N", help="of both daemons")
    arguments = parser.parse_args()
    if os.geteuid() or not shutil.which("ip") or not shutil.which("keepalived"):
        raise SystemExit("needs root, iproute2 and keepalived")
    titles = ("both, ms", "greatest", "adverts", "burst", "arps", "moved")
    print(f"{'':24}{'runs':>5}{''.join(f'{title:>10}' for title in titles)}")
    for preempt, priorities in ((False, (150, 100)), (False, (100, 150)), (True, (150, 100))):
        rt_priority = arguments.rt_priority
        setting = Setting(arguments.interval, preempt=preempt, priorities=priorities, rt_priority=rt_priority)
        found: dict[str, list[Wake]] = {kind: [] for kind in DAEMONS}
        for _ in range(arguments.runs):
            for kind in DAEMONS:
                found[kind].append(wake_once(kind, setting, arguments.pause))
        for kind, wakes in found.items():
            both = [wake.both_ms for wake in wakes]
            greatest = [max(getattr(wake, name) for wake in wakes) for name in ("adverts", "burst", "arps")]
            name = f"{'preempt' if preempt else 'nopreempt'} {priorities[0]} {kind}"
            figures = "".join(f"{each:10}" for each in (*greatest, sum(wake.moved for wake in wakes)))
            print(f"{name:24}{len(wakes):5}{statistics.median(both):10.2f}{max(both):10.2f}{figures}", flush=True)
        medians = [statistics.median(wake.both_ms for wake in wakes) for wakes in found.values()]
        print(f"{'ratio':29}{medians[0] / medians[1]:10.2f}", flush=True)


if __name__ == "__main__":
    main()
