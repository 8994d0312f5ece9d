"""What a changeover costs above the protocol's floor, in every way that adverts go: ours and keepalived in turns.

    vrrp_failover.py [--runs N] [--interval S] [--variants NAME,...] [--events kill,stop] [--mixed]
                   [--rt-priority N]

`over` is from what the protocol itself asks for until the address is there: at a kill from the last advert on the wire
and Active_Down_Interval, at a stop from SIGTERM and Skew_Time. `spoke` is the same until the new router's first
advert, which is before it has the address; below 0 it would be too early. Milliseconds. Version 2 has 1 s. `--mixed`:
ours behind keepalived and keepalived behind ours. Needs root, iproute2.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rig.namespaces import until
from rig.vrrp_pair import NS_PER_S, Pair, Setting, kill, prompt

VARIANTS: dict[str, dict[str, Any]] = {
    "v3": {},
    "v3-unicast": {"unicast": True},
    "v3-ipv6": {"family": 6},
    "v3-ipv6-unicast": {"family": 6, "unicast": True},
    "v2": {"version": 2, "interval_s": 1},
    "v2-unicast": {"version": 2, "interval_s": 1, "unicast": True},
}
KINDS = {"ours": ("ours", "ours"), "keepalived": ("keepalived", "keepalived")}
MIXED = {"ours behind": ("keepalived", "ours"), "keepalived behind": ("ours", "keepalived")}
EARLY_MS = -0.5


class OddError(Exception):
    """A run that did not go as it should."""


@dataclass
class Samples:
    """What was measured of one kind, in ms, and what went wrong."""

    over_ms: list[float] = field(default_factory=list)
    spoke_ms: list[float] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


def settle(pair: Pair, setting: Setting) -> None:
    """Wait until a alone is Active, and then anywhere into an interval."""
    limit_s = 15 + 10 * setting.interval_s
    if not until(lambda: pair.steady("a") and pair.first_held("a", True, 0, setting.packed()), limit_s):
        raise OddError("node a does not become Active")
    count = len(pair.adverts)
    time.sleep(max(0.5, 2 * setting.interval_s) + random.uniform(0, setting.interval_s))
    if any(each.node == "b" for each in pair.adverts[count:]):
        raise OddError("changed over by itself")


def act(pair: Pair, event: str) -> int:
    """Let it happen; return when."""
    processes = pair.processes("a")
    with prompt():
        at_ns = time.time_ns()
        if event == "kill":
            kill(processes)
        else:
            pair.signal_first("a", signal.SIGTERM)
    if event == "kill":
        pair.plug("a", False)
    return at_ns


def measure(pair: Pair, setting: Setting, event: str) -> tuple[float, float]:
    """Return `over` and `spoke` of one changeover."""
    settle(pair, setting)
    at_ns = act(pair, event)
    limit_s = 10 + 6 * setting.interval_s
    if not until(lambda: pair.first_held("b", True, at_ns, setting.packed()), limit_s):
        raise OddError("node b does not take over")
    held_ns, spoke = pair.first_held("b", True, at_ns, setting.packed()), pair.first_advert("b", at_ns)
    assert held_ns is not None
    if spoke is None:
        raise OddError("node b has the address and says nothing")
    said = [each for each in pair.adverts if each.node == "a" and each.at_ns < spoke.at_ns]
    if event == "kill":
        floor_ns = wire_ns = said[-1].at_ns + round(setting.down_s("b") * NS_PER_S)
    else:
        skew_ns = round(setting.skew_s("b") * NS_PER_S)
        floor_ns, wire_ns = at_ns + skew_ns, said[-1].at_ns + skew_ns
        if said[-1].priority:
            raise OddError("no goodbye")
    return (held_ns - floor_ns) / 1e6, (spoke.at_ns - wire_ns) / 1e6


def run(kinds: tuple[str, str], setting: Setting, event: str, samples: Samples) -> None:
    """Add a run."""
    with tempfile.TemporaryDirectory(prefix="vrp-") as folder, Pair(Path(folder)) as pair:
        for node, kind in zip("ab", kinds, strict=True):
            pair.start(node, kind, setting.text(node))
        try:
            over_ms, spoke_ms = measure(pair, setting, event)
        except OddError as odd:
            samples.odd.append(f"{odd}\n{pair.log('a')[-1500:]}\n{pair.log('b')[-1500:]}")
            return
        samples.over_ms.append(over_ms)
        samples.spoke_ms.append(spoke_ms)


def told(samples: Samples) -> str:
    """Return the figures of a line."""
    over = sorted(samples.over_ms)
    if not over:
        return f"{0:5}"
    figures = statistics.median(over), over[int(len(over) * 0.9)], over[-1], over[0]
    spoke = statistics.median(samples.spoke_ms), min(samples.spoke_ms)
    early = sum(each < EARLY_MS for each in samples.spoke_ms)
    return f"{len(over):5}" + "".join(f"{each:9.2f}" for each in (*figures, *spoke)) + f"{early:7}"


def main() -> None:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--interval", type=float, default=0.1, metavar="S")
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--events", default="kill,stop")
    parser.add_argument("--mixed", action="store_true")
    parser.add_argument("--rt-priority", type=int, default=0, metavar="N", help="of both daemons")
    arguments = parser.parse_args()
    if os.geteuid() or not shutil.which("ip") or not shutil.which("keepalived"):
        raise SystemExit("needs root, iproute2 and keepalived")
    kinds = MIXED if arguments.mixed else KINDS
    titles = ("median", "90th", "max", "min", "spoke", "min")
    print(f"{'over, ms':40}{'runs':>5}{''.join(f'{title:>9}' for title in titles)}{'early':>7}{'odd':>5}")
    for variant in arguments.variants.split(","):
        common = {"interval_s": arguments.interval, "rt_priority": arguments.rt_priority}
        setting = Setting(**{**common, **VARIANTS[variant]})
        for event in arguments.events.split(","):
            samples = {name: Samples() for name in kinds}
            for _ in range(arguments.runs):
                for name, daemons in kinds.items():
                    run(daemons, setting, event, samples[name])
            for name, found in samples.items():
                print(f"{variant:16}{event:5} {name:18}{told(found)}{len(found.odd):5}", flush=True)
            medians = [statistics.median(each.over_ms) for each in samples.values() if each.over_ms]
            if len(medians) == 2:
                print(f"{variant:16}{event:5} {'ratio':18}{'':5}{medians[0] / medians[1]:9.2f}", flush=True)
            for name, found in samples.items():
                for odd in found.odd:
                    print(f"{name}: {odd}", flush=True)


if __name__ == "__main__":
    main()
