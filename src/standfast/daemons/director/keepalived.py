"""The director under keepalived's name: its options, signals and pid files."""

from __future__ import annotations

import sys

from standfast.daemons.director.main import run
from standfast.daemons.director.reading import reader_of
from standfast.daemons.director.settings import SIGNALS, keepalived_parser, keepalived_settings
from standfast.errors import Exit


def main(argv: list[str] | None = None) -> int:
    """Run the director; exit statuses are those of `standfast-director`."""
    options = keepalived_parser().parse_args(sys.argv[1:] if argv is None else argv)
    if options.signum:
        print(int(SIGNALS[options.signum]))
        return Exit.OK
    settings = keepalived_settings(options)
    return run(settings, reader_of(settings), "Keepalived")


if __name__ == "__main__":
    sys.exit(main())
