"""How long until a table of many services is full, ours and keepalived in turns, each in a boot of its own.

    director_scale.py --rig uml_keepalived.py [--runs 3] [--sizes 1000,5000,10000] [--reloads] [--processor N]

The rig boots user-mode-linux with IPVS of its own, starts a daemon with so many services of 10 real servers and
counts what stands; it is the same for both. Every boot keeps to one processor: the kernel's threads and what runs in it
hand over to each other at every system call, which takes several times as long across processors. Each daemon has
a boot of its own: IPVS looks for each new real server among those that were removed, which makes a second table slow.
`after` is ours in a boot in which keepalived had the same table before.

`first` and `full` are seconds until the first service, and all, stand; `one` (with --reloads) those from SIGHUP until
one changed weight of one real server stands; `memory` MiB resident; `left` what a stop leaves. Medians over the runs.
Ends with 1 if a table is not complete. Needs root, user-mode-linux, keepalived, ipvsadm.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

from rig.uml import environment

HERE = Path(__file__).resolve().parent
RIG = HERE.parent.parent / "shared" / "bench" / "uml_keepalived.py"
OURS = f"{HERE.parent}/.venv/bin/standfast keepalived -n -l -D -C -f {{conf}} -p {{dir}}/p -c {{dir}}/c"
COMMANDS: dict[str, list[str]] = {"keepalived": [], "ours": ["--daemon", OURS], "after": ["--daemon2", OURS]}
FIGURES = {"first": "first_service_s", "full": "full_table_s", "one": "reload_one_change_s"}
LIMIT_S = 600


def measured(options: argparse.Namespace, daemon: str, size: int, env: dict[str, str]) -> dict[str, Any]:
    """Return what the rig says of one daemon's table of so many services."""
    kernel = ["--uml", "/usr/bin/linux.uml", "--modules", "/usr/lib/uml/modules", "--mem", "2G"]
    reloads = str(size if options.reloads and daemon == "ours" else 1)
    what = ["--what", "scale", "--sizes", str(size), "--reload-max", reloads]
    words = ["taskset", "-c", str(options.processor), sys.executable, str(options.rig), *kernel, *what]
    done = subprocess.run(
        [*words, *COMMANDS[daemon]], env=env, capture_output=True, text=True, timeout=LIMIT_S, check=True
    )
    report = json.loads(done.stdout)
    found: dict[str, Any] = report.get("scale", report)[f"{'daemon2' if daemon == 'after' else 'daemon'} {size}"]
    return found


def memory_mib(found: dict[str, Any]) -> float:
    """Return what its processes have resident, in MiB."""
    return sum(int(size.split()[0]) for size, _ in found["rss_cpu"].values()) / 1024


def main() -> int:
    """Measure, print the table; return how it went."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rig", type=Path, default=RIG)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--sizes", default="1000,5000,10000")
    parser.add_argument("--reloads", action="store_true", help="ours reloads, too")
    parser.add_argument("--processor", type=int, default=max(os.sched_getaffinity(0)))
    options = parser.parse_args()
    status = 0
    print(f"{'services':>8} {'':11}{'first':>7}{'full':>7}{'one':>7}{'memory':>8}  left")
    with tempfile.TemporaryDirectory() as folder:
        env = environment(Path(folder))
        for size in map(int, options.sizes.split(",")):
            runs: dict[str, list[dict[str, Any]]] = defaultdict(list)
            for _ in range(options.runs):
                for daemon in COMMANDS:
                    runs[daemon].append(measured(options, daemon, size, env))
            status |= not all(found["counts"] == [size, 10 * size] for each in runs.values() for found in each)
            print(told(size, runs), flush=True)
    return status


def told(size: int, runs: dict[str, list[dict[str, Any]]]) -> str:
    """Return the lines of one size: each daemon's medians, and the ratio."""
    lines = []
    for daemon, found in runs.items():
        figures = [[each[name] for each in found if each.get(name) is not None] for name in FIGURES.values()]
        cells = [f"{statistics.median(each):7.2f}" if each else f"{'':7}" for each in figures]
        left = " ".join(str(each["left_after_stop"]) for each in found)
        memory = statistics.median(map(memory_mib, found))
        lines.append(f"{size:8} {daemon:11}{''.join(cells)}{memory:8.0f}  {left}")
    full = {daemon: statistics.median(each["full_table_s"] for each in found) for daemon, found in runs.items()}
    ratios = "".join(f"  {daemon} {full[daemon] / full['keepalived']:.2f}" for daemon in full if daemon != "keepalived")
    return "\n".join([*lines, f"{'':8} ratios of full{ratios}"])


if __name__ == "__main__":
    sys.exit(main())
