"""Replay recorded choices of the kernel's LVS schedulers; `ipvs_replay.py FILE` prints how many of ours agree."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from standfast.director.lvs.replay import replay


def main(arguments: list[str]) -> int:
    """Print `N of M right` for each file; the status is 1 if any choice differs."""
    if not arguments:
        print("usage: ipvs_replay.py FILE...")
        return 0
    status = 0
    for name in arguments:
        choices = list(replay(json.loads(Path(name).read_text())))
        wrong = Counter(choice.scheduler for choice in choices if not choice.right)
        for scheduler, count in sorted(wrong.items()):
            first = next(c for c in choices if c.scheduler == scheduler and not c.right)
            print(f"{scheduler}: {count} differ, first {first.scenario} step {first.step}: "
                  f"recorded {first.recorded}, ours {first.ours}")  # fmt: skip
        print(f"{len(choices) - sum(wrong.values())} of {len(choices)} right")
        status = status or int(bool(wrong))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
