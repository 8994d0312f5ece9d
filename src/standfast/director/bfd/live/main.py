"""The BFD process as a program by itself: a configuration in JSON, each change on standard output.

`python -m standfast.director.bfd.live.main CONFIGURATION [--rt-priority N] [--tell PATH]`
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from pathlib import Path

from standfast.director.bfd import json_configuration, orders, tidings
from standfast.director.bfd.events import Changed
from standfast.director.bfd.live.runner import LOG, Runner
from standfast.director.realtime.live import priorities
from standfast.errors import ConfigError


def main(argv: list[str]) -> int:
    """Run until SIGTERM or SIGINT; return 0, or 1 if the configuration or the port is refused."""
    arguments = _parser().parse_args(argv)
    logging.addLevelName(25, "NOTICE")
    logging.basicConfig(format="%(asctime)s.%(msecs)03d %(levelname)s %(message)s", datefmt="%H:%M:%S", level="INFO")
    try:
        configuration = json_configuration.read(arguments.configuration.read_text())
    except ConfigError as e:
        sys.stderr.write(f"{e}\n")
        return 1
    runner = Runner(_say, tuple(arguments.tell))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.stop())
    try:
        priorities.settle(orders.Running(rt_priority=arguments.rt_priority), configuration.patience_ms)
        runner.configure(configuration)
        runner.run()
    except OSError as e:
        LOG.error("no sessions: %s", e)
        return 1
    finally:
        runner.close()
    return 0


def _say(changed: Changed) -> None:
    sys.stdout.write(tidings.render([(changed.session, changed.up)]).decode())
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="standfast bfd", description="Have BFD sessions.")
    parser.add_argument("configuration", type=Path, help="a file of JSON")
    parser.add_argument("--rt-priority", type=int, default=0, metavar="N", help="1..99: SCHED_RR, and memory locked")
    parser.add_argument("--tell", action="append", default=[], metavar="PATH", help="the socket of a follower")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
