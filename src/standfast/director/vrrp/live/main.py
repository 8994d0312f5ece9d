"""The VRRP process as a program: a configuration in JSON, signals, priority and memory.

`python -m standfast.director.vrrp.live.main CONFIGURATION [--ledger FILE] [--rt-priority N]`
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from pathlib import Path

from standfast.director.realtime.live import priorities
from standfast.director.vrrp import json_configuration
from standfast.director.vrrp.live import ledger
from standfast.director.vrrp.live.runner import Runner
from standfast.director.vrrp.orders import Running
from standfast.errors import ConfigError


def main(argv: list[str]) -> int:
    """Run until SIGTERM or SIGINT; return 0, or 1 if the configuration is refused."""
    arguments = _parser().parse_args(argv)
    logging.addLevelName(25, "NOTICE")
    logging.basicConfig(format="%(asctime)s.%(msecs)03d %(levelname)s %(message)s", datefmt="%H:%M:%S", level="INFO")
    try:
        configuration = json_configuration.read(arguments.configuration.read_text())
    except ConfigError as e:
        sys.stderr.write(f"{e}\n")
        return 1
    runner = Runner(configuration, arguments.ledger)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.stop())
    try:
        runner.prepare()
        running = Running(str(arguments.ledger), rt_priority=arguments.rt_priority)
        priorities.settle(running, configuration.patience_ms)
        runner.start()
        runner.run()
    finally:
        runner.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="standfast vrrp", description="Run virtual routers.")
    parser.add_argument("configuration", type=Path, help="a file of JSON")
    parser.add_argument("--ledger", type=Path, default=ledger.DEFAULT, help="where what is set is noted")
    parser.add_argument("--rt-priority", type=int, default=0, metavar="N", help="1..99: SCHED_RR, and memory locked")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
