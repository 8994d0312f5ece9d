"""Random faults in a row on three Corosync nodes under load.

    PYTHONPATH=src:tests/live/daemons .venv/bin/python -m chaos --seed 1 --faults 100 [--only cut,flap] [--keep DIR]

The seed gives the faults, their nodes and how long each lasts. After each fault: nothing acknowledged is lost, no
service was active twice, and within --rest seconds of healing all nodes are online, agree on the CIB byte for byte and
have nothing left to do. Ends with 1 if something was wrong; DIR then has the logs. Needs root.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
from pathlib import Path

from chaos import faults, harness, trial

from standfast.errors import StandfastError


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    p = argparse.ArgumentParser(prog="chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--faults", type=int, default=10, help="how many (default: %(default)s)")
    p.add_argument("--only", default="", metavar="NAMES", help=f"of these: {', '.join(faults.NAMED)}")
    p.add_argument("--token", type=int, default=1000, metavar="MS", help="Corosync's token (default: %(default)s)")
    p.add_argument("--rest", type=float, default=30, metavar="S", help="limit until rest (default: %(default)s)")
    p.add_argument("--keep", type=Path, metavar="DIR", help="keep the logs here if something was wrong")
    return p


def run(world: harness.World, strikes: list[faults.Strike], seed: int, rest_s: float) -> list[trial.Outcome]:
    """Return what came of each fault, up to the first after which something was wrong."""
    chance = random.Random(seed)
    outcomes = []
    for number, strike in enumerate(strikes, 1):
        outcome = trial.strike(world, strike, chance, limit_s=rest_s)
        print(f"{number:4} {outcome}", flush=True)
        outcomes.append(outcome)
        if outcome.wrong:
            break
    return outcomes


def main() -> int:
    """Do what the command line says; return the exit status."""
    options = parser().parse_args()
    chance = random.Random(options.seed)
    drawn = [faults.draw(chance, ("n1", "n2", "n3"), options.only.split(",")) for _ in range(options.faults)]
    with tempfile.TemporaryDirectory(prefix="standfast-chaos-") as folder:
        world = harness.World(Path(folder), options.token)
        print(f"seed {options.seed}; three nodes online after {world.start_s:.1f} s", flush=True)
        try:
            world.wait_for_rest()
            outcomes = run(world, drawn, options.seed, options.rest)
        finally:
            if options.keep:
                world.keep_logs(options.keep)
            world.end()
    rests = [outcome.rest_s for outcome in outcomes]
    print(f"{len(outcomes)} faults; rest after {statistics.median(rests):.1f} s (median), {max(rests):.1f} s (longest)")
    return 1 if any(outcome.wrong for outcome in outcomes) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StandfastError as error:
        sys.exit(f"chaos: {error}")
