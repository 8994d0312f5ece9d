"""The BFD process below a director: `python -m standfast.daemons.director.bfd_program FD`.

It never reads a file of configuration: it gets what it is to do through the channel `FD`, and ends when that closes.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys

from standfast.daemons.director import process
from standfast.daemons.director.child import LogSettings
from standfast.director.bfd import orders
from standfast.director.bfd.events import Changed
from standfast.director.bfd.live.runner import Runner
from standfast.director.realtime.live import priorities
from standfast.director.realtime.live.control import Control
from standfast.errors import Exit, LiveError

LOG = logging.getLogger("standfast.bfd")
Channel = Control[orders.Begin, orders.Order, orders.Said]


class BfdProgram:
    """One run of the BFD process."""

    def __init__(self, control: Channel, begin: orders.Begin) -> None:
        self._control = control
        self._begin = begin
        self._runner = Runner(self._told, begin.running.followers)

    def run(self) -> None:
        """Have the sessions until told to end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._runner.stop())
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            signal.signal(number, signal.SIG_IGN)  # they are for the process that started this
        try:
            priorities.settle(self._begin.running)
            self._runner.watch(self._control.fileno(), self._hear)
            self._runner.configure(self._begin.configuration)
            self._control.say(orders.Begun())
            self._runner.run()
        finally:
            self._runner.close()

    def _hear(self) -> None:
        for order in self._control.orders():
            match order:
                case orders.Configure(configuration):
                    self._runner.configure(configuration)
                case orders.Ask(number):
                    self._control.say(orders.Answer(number, self._runner.rows(), self._runner.dropped()))
        if self._control.ended:
            LOG.warning("whoever started this is gone: stopping")
            self._runner.stop()

    def _told(self, changed: Changed) -> None:
        self._control.say(orders.Told(changed))


def main(argv: list[str]) -> int:
    """Run until the channel's other end closes, or a signal; return the exit status."""
    control: Channel = Control(socket.socket(fileno=int(argv[0])), orders.Begin)
    try:
        begin = control.begin()
    except LiveError as error:
        sys.stderr.write(f"bfd: {error}\n")
        return Exit.UNAVAILABLE
    log: LogSettings = begin.log
    process.log_to(log.console, log.detail, log.name, log.file)
    pid_files = process.PidFiles([begin.running.pid_file])
    try:
        pid_files.write()
        BfdProgram(control, begin).run()
    except (LiveError, OSError) as error:
        LOG.error("%s", error)
        return Exit.UNAVAILABLE
    finally:
        pid_files.remove()
        control.close()
    return Exit.OK


if __name__ == "__main__":
    status = main(sys.argv[1:])
    logging.shutdown()
    os._exit(status)  # nothing that is left is worth the time
