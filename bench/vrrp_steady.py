"""Whether routers stay as they are on a busy machine, and what that costs: ours and keepalived at the same time.

  vrrp_steady.py [--interfaces 5] [--routers 200] [--interval 1] [--minutes 10] [--rt-priority 0] [--no-load]
  vrrp_steady.py --interfaces 1 --routers 1 --interval 0.01 --rt-priority 50

Two pairs, each of an Active and a Backup daemon with so many routers on each interface; a process that never rests on
the last processor. For each daemon: `late` adverts that came half an interval too late, `lost` those that came a whole
one too late or not at all, the greatest time between two adverts of one router, in ms; `false` routers that the Backup
took although nothing was wrong; `unread` packets that a daemon's sockets did not take; percent of one processor,
user and system, of all processes; and their memory (PSS), in MiB. Below them is how late bare programs woke that only
sleep, which is what the machine does to everybody. Needs root, iproute2, keepalived.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rig.namespaces import until
from rig.sleepers import sleepers
from rig.vrrp_pair import DAEMONS, NS_PER_S, Advert, Pair, Setting

TICKS = os.sysconf("SC_CLK_TCK")
SPIN = "import os; os.sched_setaffinity(0, {cpu})\nwhile True: pass"
SLICE_S = 1.0


@contextlib.contextmanager
def load(wanted: bool) -> Iterator[None]:
    """Keep the last processor busy."""
    if not wanted:
        yield
        return
    cpu = max(os.sched_getaffinity(0))
    spinning = subprocess.Popen([sys.executable, "-c", SPIN.format(cpu={cpu})])
    try:
        yield
    finally:
        spinning.kill()
        spinning.wait()


@dataclass
class Gaps:
    """What of one pair's adverts was not as it should be."""

    interval_ns: int
    late: int = 0
    lost: int = 0
    greatest_ns: int = 0
    false: int = 0
    adverts: int = 0
    _last: dict[tuple[int, int], int] = field(default_factory=dict)
    _taken: set[tuple[int, int]] = field(default_factory=set)

    def take(self, advert: Advert) -> None:
        """Add an advert."""
        key = advert.interface, advert.vrid
        if advert.node == "b":
            self.false += bool(advert.priority) and key not in self._taken
            self._taken.add(key)
            return
        self._taken.discard(key)
        self.adverts += 1
        gap_ns = advert.at_ns - self._last.get(key, advert.at_ns)
        self._last[key] = advert.at_ns
        self.greatest_ns = max(self.greatest_ns, gap_ns)
        self.late += gap_ns > 1.5 * self.interval_ns
        self.lost += max(0, gap_ns // self.interval_ns - 1)

    def end(self, at_ns: int, routers: int) -> None:
        """Look at what did not come any more."""
        self.lost += routers - len(self._last)
        for last_ns in self._last.values():
            self.lost += max(0, (at_ns - last_ns) // self.interval_ns - 1)


def seconds(pair: Pair, node: str) -> float:
    """Return what a node's daemon used of processors."""
    used = 0.0
    for process in pair.processes(node):
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            used += (int(words[11]) + int(words[12])) / TICKS
    return used


def memory_mib(pair: Pair, node: str) -> float:
    """Return its memory, what is shared counted in parts."""
    found = 0
    for process in pair.processes(node):
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{process}/smaps_rollup").read_text()
            found += next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return found / 1024


def begin(pair: Pair, kind: str, setting: Setting) -> None:
    """Start both nodes' daemons, and wait until a is Active for all routers."""
    for node in "ab":
        pair.start(node, kind, setting.text(node))
    count = setting.interfaces * setting.routers

    def all_there() -> bool:
        last = [
            each for each in pair.adverts[-2 * count :] if each.at_ns > time.time_ns() - 2 * setting.interval_s * 1e9
        ]
        return len({each[2:4] for each in last}) == count and all(each.node == "a" for each in last)

    if not until(all_there, 60):
        raise SystemExit(f"{kind}: not settled\n{pair.log('a')[-1500:]}\n{pair.log('b')[-1500:]}")


def watch(pairs: dict[str, Pair], setting: Setting, length_s: float) -> dict[str, Gaps]:
    """Return what was seen of each pair."""
    found = {kind: Gaps(round(setting.interval_s * NS_PER_S)) for kind in pairs}
    end = time.monotonic() + length_s
    at = {kind: len(pair.adverts) for kind, pair in pairs.items()}
    while time.monotonic() < end:
        time.sleep(SLICE_S)
        for kind, pair in pairs.items():
            fresh = pair.adverts[at[kind] :]
            at[kind] += len(fresh)
            for advert in fresh:
                found[kind].take(advert)
            if at[kind] > 1 << 16:
                del pair.adverts[: at[kind]]
                at[kind] = 0
    for gaps in found.values():
        gaps.end(time.time_ns(), setting.interfaces * setting.routers)
    return found


def told(kind: str, pair: Pair, gaps: Gaps, percents: dict[str, float]) -> str:
    """Return a line of the table."""
    figures = (gaps.adverts, gaps.late, gaps.lost, gaps.false, sum(pair.unread(node) for node in "ab"))
    costs = [f"{percents[node]:9.2f}" for node in "ab"] + [f"{memory_mib(pair, node):9.1f}" for node in "ab"]
    return f"{kind:11}" + "".join(f"{each:9}" for each in figures) + f"{gaps.greatest_ns / 1e6:9.1f}" + "".join(costs)


def measure(setting: Setting, length_s: float, loaded: bool) -> None:
    """Run both pairs and print the table."""
    with contextlib.ExitStack() as stack:
        pairs: dict[str, Pair] = {}
        for kind in DAEMONS:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vrp-"))
            pairs[kind] = stack.enter_context(Pair(Path(folder), setting.interfaces))
            begin(pairs[kind], kind, setting)
        stack.enter_context(load(loaded))
        asleep = stack.enter_context(contextlib.ExitStack())
        lateness = asleep.enter_context(sleepers())
        time.sleep(2 * setting.interval_s)
        before = {(kind, node): seconds(pair, node) for kind, pair in pairs.items() for node in "ab"}
        began = time.monotonic()
        found = watch(pairs, setting, length_s)
        took_s = time.monotonic() - began
        asleep.close()
        titles = (
            "adverts",
            "late",
            "lost",
            "false",
            "unread",
            "greatest",
            "% active",
            "% backup",
            "MiB act.",
            "MiB bck.",
        )
        print(f"{'':11}{''.join(f'{title:>9}' for title in titles)}")
        costs: dict[str, list[float]] = {}
        for kind, pair in pairs.items():
            used = {node: (seconds(pair, node) - before[kind, node]) / took_s * 100 for node in "ab"}
            print(told(kind, pair, found[kind], used), flush=True)
            costs[kind] = [*used.values(), *(memory_mib(pair, node) for node in "ab")]
            if found[kind].false:
                print("".join(pair.log(node)[-3000:] for node in "ab"), file=sys.stderr)
        ratios = [mine / max(theirs, 0.01) for mine, theirs in zip(*costs.values(), strict=True)]
        print(f"{'ratio':65}{''.join(f'{ratio:9.1f}' for ratio in ratios)}")
        for name, said in lateness.items():
            print(f"a sleeper of {name} priority woke late by {said}")


def main() -> None:
    """Read the options, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interfaces", type=int, default=5)
    parser.add_argument("--routers", type=int, default=200)
    parser.add_argument("--interval", type=float, default=1, metavar="S")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rt-priority", type=int, default=0)
    parser.add_argument("--no-load", action="store_true")
    arguments = parser.parse_args()
    if os.geteuid() or not shutil.which("ip") or not shutil.which("keepalived"):
        raise SystemExit("needs root, iproute2 and keepalived")
    setting = Setting(
        arguments.interval, interfaces=arguments.interfaces, routers=arguments.routers,
        rt_priority=arguments.rt_priority,
    )  # fmt: skip
    measure(setting, arguments.minutes * 60, not arguments.no_load)


if __name__ == "__main__":
    main()
