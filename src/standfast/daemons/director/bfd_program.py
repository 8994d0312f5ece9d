"""The BFD process below a director: `python -m standfast.daemons.director.bfd_program FD LINE`.

It never reads a file of configuration: it gets what it is to do through the channel `FD`, and ends when that closes, or
when a signal that ends the director stands on `LINE`.
"""

from __future__ import annotations

import logging
import socket
import sys

from standfast.daemons.director import child_program
from standfast.director.bfd import orders
from standfast.director.bfd.events import Changed
from standfast.director.bfd.live.runner import Runner
from standfast.director.realtime.live import priorities
from standfast.director.realtime.live.control import Control

LOG = logging.getLogger("standfast.bfd")
Channel = Control[orders.Begin, orders.Order, orders.Said]


class BfdProgram:
    """One run of the BFD process."""

    def __init__(self, control: Channel, begin: orders.Begin, line: socket.socket) -> None:
        self._control = control
        self._line = line
        self._begin = begin
        self._runner = Runner(self._told, begin.running.followers, control.flush)

    def run(self) -> None:
        """Have the sessions until told to end."""
        child_program.heed_signals(self._runner, self._line, self._runner.stop)
        try:
            priorities.settle(self._begin.running, self._begin.configuration.patience_ms)
            self._runner.watch(self._control.fileno(), self._hear)
            self._runner.configure(self._begin.configuration)
            self._control.say(orders.Begun())
            self._runner.run()
        finally:
            self._runner.close()

    def _hear(self) -> None:
        for order in self._control.orders():
            match order:
                case orders.Configure(configuration, running):
                    self._runner.configure(configuration)
                    priorities.settle(running, configuration.patience_ms)
                case orders.Ask(number):
                    self._control.say(orders.Answer(number, self._runner.rows(), self._runner.dropped()))
        if self._control.ended:
            LOG.warning("whoever started this is gone: stopping")
            self._runner.stop()

    def _told(self, changed: Changed) -> None:
        self._control.say(orders.Told(changed))


def main(argv: list[str]) -> int:
    """Run until the channel's other end closes, or a signal; return the exit status."""
    return child_program.run(argv, orders.Begin, lambda *given: BfdProgram(*given).run())


if __name__ == "__main__":
    child_program.leave(main(sys.argv[1:]))
