"""Mutations of keepalived.conf: what the real `keepalived -t` says to them, and what ours says.

  keepalived_mutations.py DIR [--seed N] [--count N] [--keep DIR]

Each mutation is one of the *.conf of DIR with one to three faults put in: a wrong number, a missing or extra word, an
unknown or misplaced keyword, a missing or extra brace, a line twice, a block twice. Exit statuses and the lines that
keepalived names are compared; ours may name more. Needs keepalived; run it as root where the interfaces are.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from standfast.dialects.keepalived import as_said
from standfast.dialects.live.machine import read_keepalived

NUMBERS = ("0", "-1", "1", "2", "255", "256", "65535", "65536", "4294967296", "1.5", "0.0000001", "abc", "5s", "''")
WORDS = (*NUMBERS, "on", "maybe", "192.0.2.300", "2001:db8::7", "192.0.2.7/24", "nosuch0", "MASTER", "TCP")
Lines = list[str]


def lines_of(folder: Path) -> list[str]:
    """Return every line that stands in any of the files: keywords to misplace."""
    texts = (path.read_text(errors="replace") for path in sorted(folder.glob("*.conf")))
    return sorted({line for text in texts for line in text.splitlines() if line.split() and "include" not in line})


def _filled(lines: Lines, rng: random.Random) -> int:
    return rng.choice([n for n, line in enumerate(lines) if line.split()] or [0])


def _number(lines: Lines, rng: random.Random, pool: Lines) -> None:
    places = [n for n, line in enumerate(lines) if re.search(r"\s\d", line)]
    if places:
        at = rng.choice(places)
        lines[at] = re.sub(r"(\s)\d[\d.]*", lambda found: found.group(1) + rng.choice(NUMBERS), lines[at], count=1)


def _word(lines: Lines, rng: random.Random, pool: Lines) -> None:
    at = _filled(lines, rng)
    words = lines[at].split()
    if len(words) > 1:
        words[rng.randrange(1, len(words))] = rng.choice(WORDS)
        lines[at] = "    " + " ".join(words)


def _shorter(lines: Lines, rng: random.Random, pool: Lines) -> None:
    at = _filled(lines, rng)
    words = lines[at].split()
    if len(words) > 1:
        del words[rng.randrange(1, len(words))]
        lines[at] = " ".join(words)


def _longer(lines: Lines, rng: random.Random, pool: Lines) -> None:
    at = _filled(lines, rng)
    lines[at] += f" {rng.choice(WORDS)}"


def _unknown(lines: Lines, rng: random.Random, pool: Lines) -> None:
    at = _filled(lines, rng)
    lines[at] = re.sub(r"[A-Za-z_]\w*", lambda found: found.group()[:-1] or "x", lines[at], count=1)


def _removed(lines: Lines, rng: random.Random, pool: Lines) -> None:
    del lines[_filled(lines, rng)]


def _twice(lines: Lines, rng: random.Random, pool: Lines) -> None:
    at = _filled(lines, rng)
    lines.insert(rng.randrange(len(lines)), lines[at])


def _misplaced(lines: Lines, rng: random.Random, pool: Lines) -> None:
    lines.insert(rng.randrange(len(lines) + 1), rng.choice(pool))


def _brace(lines: Lines, rng: random.Random, pool: Lines) -> None:
    lines.insert(rng.randrange(len(lines) + 1), rng.choice("{}"))


def _block_twice(lines: Lines, rng: random.Random, pool: Lines) -> None:
    starts = [n for n, line in enumerate(lines) if line[:1].isalpha() and line.rstrip().endswith("{")]
    if starts:
        at = rng.choice(starts)
        end = next((n for n in range(at, len(lines)) if lines[n].startswith("}")), len(lines) - 1)
        lines += lines[at : end + 1]


Mutation = Callable[[Lines, random.Random, Lines], None]
MUTATIONS: tuple[Mutation, ...] = (
    _number, _number, _word, _word, _shorter, _longer, _unknown, _removed, _twice, _misplaced, _misplaced, _brace,
    _block_twice,
)  # fmt: skip


def mutations(folder: Path, rng: random.Random, count: int) -> Iterator[str]:
    """Yield this many texts with faults."""
    files = sorted(folder.glob("*.conf"))
    pool = lines_of(folder)
    for _ in range(count):
        lines = rng.choice(files).read_text(errors="surrogateescape").splitlines()
        for _ in range(rng.randint(1, 3)):
            if lines:
                rng.choice(MUTATIONS)(lines, rng, pool)
        yield "\n".join(lines) + "\n"


def theirs(path: Path) -> tuple[int, set[tuple[str, int]], str]:
    """Return what the real keepalived ends with, the lines that it names, and what it says."""
    done = subprocess.run(
        ["keepalived", "-t", "-f", path.name], cwd=path.parent, capture_output=True, text=True, errors="replace",
        timeout=5, check=False,
    )  # fmt: skip
    named = set()
    for line in done.stderr.splitlines():
        if found := re.match(r"\((?:([^():]*): )?Line (\d+)\)", line):
            named.add((os.path.basename(found.group(1) or path.name), int(found.group(2))))
    return done.returncode, named, done.stderr


def ours(path: Path) -> tuple[int, set[tuple[str, int]]]:
    """Return what we end with, and the lines that we name."""
    with contextlib.chdir(path.parent):
        source = read_keepalived(path.name)
    said = as_said(source.findings)
    named = {(os.path.basename(f.place.file), f.place.line) for f in said if f.lined and f.place.line}
    return source.status, named


def difference(path: Path) -> str:
    """Return how the two differ, or nothing; where keepalived crashes or hangs, nothing is compared."""
    try:
        status, named, text = theirs(path)
    except subprocess.TimeoutExpired:
        return ""
    if status < 0:
        return ""
    our_status, our_named = ours(path)
    if status != our_status or named - our_named:
        missing = sorted(named - our_named)
        return f"status {status}, ours {our_status}; not named {missing}; more {sorted(our_named - named)}\n{text}"
    return ""


def main() -> int:
    """Compare this many mutations; return 0 if none differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--keep", type=Path, help="keep what differs there")
    options = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for part in options.folder.glob("*.inc"):
            (Path(folder) / part.name).write_bytes(part.read_bytes())
        for number, text in enumerate(mutations(options.folder, random.Random(options.seed), options.count)):
            path = Path(folder) / f"m{number}.conf"
            path.write_text(text, errors="surrogateescape")
            if not (found := difference(path)):
                continue
            wrong += 1
            print(f"m{number}: {found}")
            if options.keep:
                (options.keep / path.name).write_text(text, errors="surrogateescape")
    print(f"{options.count - wrong} of {options.count} agree (seed {options.seed})")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
