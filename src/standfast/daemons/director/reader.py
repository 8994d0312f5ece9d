"""The process that reads a configuration for a director: its standard output is what the director takes."""

from __future__ import annotations

import sys

from standfast.daemons.director.rereading import answer


def main() -> None:
    """Read a file, for a config id, in a network namespace: the first words; the rest are the halves."""
    file, config_id, namespace, *halves = sys.argv[1:]
    answer(sys.stdout.buffer, file, config_id, namespace, halves)


if __name__ == "__main__":
    main()
