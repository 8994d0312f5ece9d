"""`standfast sim`: run seeded worlds until one breaks an invariant, or the seeds or the time are over."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from standfast.errors import Exit
from standfast.sim import world
from standfast.sim.company import Company
from standfast.sim.production import Production

STORY_LINES = 60


def main(argv: list[str], company: Callable[[], Company] = Production) -> int:
    """Run seeds; return 0 if none broke an invariant, else 1."""
    arguments = _parser().parse_args(argv)
    if arguments.replay is not None:
        return _replay(arguments.replay, company)
    begin = time.monotonic()
    broken, done, steps, virtual_s = [], 0, 0, 0.0
    for seed in range(arguments.first, arguments.first + arguments.seeds):
        verdict = world.run(seed, company)
        done, steps, virtual_s = done + 1, steps + verdict.steps, virtual_s + verdict.virtual_s
        if arguments.verbose or verdict.broken:
            _show(verdict)
        if verdict.broken:
            broken.append(seed)
            if not arguments.keep_going:
                break
        if arguments.seconds and time.monotonic() - begin >= arguments.seconds:
            break
    spent_s = time.monotonic() - begin
    sys.stdout.write(
        f"{done} seeds, {len(broken)} broken, {steps} steps, {virtual_s / 3600:.1f} hours of cluster time "
        f"in {spent_s:.1f} s\n"
    )
    return Exit.ERROR if broken else Exit.OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="standfast sim", description="Run seeded worlds of the cluster's machines.")
    parser.add_argument("--seeds", type=int, default=1_000_000, metavar="N", help="run at most N seeds")
    parser.add_argument("--first", type=int, default=1, metavar="K", help="begin with seed K")
    parser.add_argument("--seconds", type=float, default=0.0, metavar="S", help="begin no seed after S seconds")
    parser.add_argument("--replay", type=int, metavar="SEED", help="run this seed and show its whole story")
    parser.add_argument("--keep-going", action="store_true", help="go on after a broken seed")
    parser.add_argument("-v", "--verbose", action="store_true", help="a line for every seed")
    return parser


def _show(verdict: world.Verdict) -> None:
    counts = ", ".join(f"{name} {count}" for name, count in verdict.counts.items())
    size = f"{verdict.steps} steps, {verdict.virtual_s:.0f} s; {counts}"
    sys.stdout.write(f"seed {verdict.seed}: {verdict.broken or 'good'} ({size})\n")
    if verdict.broken:
        sys.stdout.write(f"  {verdict.plan}\n")
        sys.stdout.writelines(f"  {line}\n" for line in verdict.story[-STORY_LINES:])
        sys.stdout.write(f"replay: standfast sim --replay {verdict.seed}\n")
    sys.stdout.flush()


def _replay(seed: int, company: Callable[[], Company]) -> int:
    verdict = world.run(seed, company, echo=print)
    sys.stdout.write(f"seed {seed}: {verdict.broken or 'good'}\n")
    return Exit.ERROR if verdict.broken else Exit.OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
