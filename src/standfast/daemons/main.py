"""`standfastd`: the command. What its modules hold is no garbage: it is not looked through while they come."""

from __future__ import annotations

import sys

from standfast import garbage


def main(argv: list[str] | None = None) -> int:
    """Run the daemon; return its exit status."""
    with garbage.held_back(stays=True):
        from standfast.daemons import program
    return program.main(argv)


if __name__ == "__main__":
    sys.exit(main())
