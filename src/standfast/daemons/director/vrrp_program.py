"""The VRRP process below a director: `python -m standfast.daemons.director.vrrp_program FD LINE`.

It never reads a file of configuration: it gets what it is to do through the channel `FD`, and ends when that closes, or
when a signal that ends the director stands on `LINE`.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from pathlib import Path

from standfast.daemons.director import child_program
from standfast.daemons.logs import NOTICE
from standfast.director import vrrp
from standfast.director.bfd.live.followers import Follower
from standfast.director.realtime.auto_priority import AutoPriority
from standfast.director.realtime.live import priorities
from standfast.director.realtime.live.control import Control
from standfast.director.vrrp import orders, router_status
from standfast.director.vrrp.live import timers
from standfast.director.vrrp.live.runner import Runner

LOG = logging.getLogger("standfast.vrrp")
_STATES = {vrrp.State.ACTIVE: "MASTER", vrrp.State.BACKUP: "BACKUP", vrrp.State.FAULT: "FAULT"}
"""As keepalived's log has them, which people search."""
Channel = Control[orders.Begin, orders.Order, orders.Said]


class VrrpProgram:
    """One run of the VRRP process."""

    def __init__(self, control: Channel, begin: orders.Begin, line: socket.socket) -> None:
        self._control = control
        self._line = line
        self._running = begin.running
        self._speaks_keepalived = begin.log.name.startswith("Keepalived")
        self._runner = Runner(begin.configuration, Path(begin.running.ledger), self._notified)
        self._follower: Follower | None = None

    def run(self) -> None:
        """Be the routers until told to end."""
        child_program.heed_signals(self._runner, self._line, self._leave)
        try:
            self._runner.prepare()
            self._settle()
            self._runner.watch(self._control.fileno(), self._hear)
            self._follow_sessions()
            self._runner.start(self._running.startup_delay_ms)
            self._control.say(orders.Begun())
            self._runner.run()
        finally:
            self._runner.close(keeps_addresses=self._running.keeps_addresses)
            if self._follower is not None:
                self._follower.close()

    def _leave(self) -> None:
        if self._running.keeps_addresses:
            self._runner.stop()
        else:
            self._runner.leave()

    def _settle(self) -> None:
        """Have the process stand among others as it is told to, and rise if it is late."""
        running = self._running
        priorities.settle(running, self._runner.configuration.patience_ms)
        self._runner.lateness = None
        if running.auto_priority_max > 0:
            rising = AutoPriority(running.auto_priority_max, running.auto_priority_delay_us, running.rt_priority)
            self._runner.lateness = lambda late_ns: self._rise(rising.late(late_ns))

    def _rise(self, priority: int) -> None:
        if priority:
            priorities.rise(priority, self._runner.configuration.patience_ms)

    def _follow_sessions(self) -> None:
        """Hear of BFD sessions from their process itself: the director may be busy."""
        if not self._running.sessions:
            return
        try:
            self._follower = follower = Follower(Path(self._running.sessions))
        except OSError as error:
            LOG.error("%s: BFD sessions stay unknown: %s", self._running.sessions, error)
            return
        self._runner.watch(follower.fileno(), lambda: self._take_states(follower.read()))

    def _take_states(self, states: list[tuple[str, bool]]) -> None:
        for name, up in states:
            self._runner.session_changed(name, up)

    def _hear(self) -> None:
        for order in self._control.orders():
            match order:
                case orders.Reconfigure(configuration, running):
                    self._reconfigure(configuration, running)
                case orders.Ask(number, first, count):
                    self._control.say(self._answer(number, first, count))
        self._control.flush()
        if self._control.ended:
            LOG.warning("whoever started this is gone: stopping")
            self._runner.stop()

    def _answer(self, number: int, first: int, count: int) -> orders.Answer:
        routers = list(self._runner.machine.routers.values())
        now_ns = timers.now_ns()
        rows = [router_status.row(each, now_ns) for each in routers[first : first + count]]
        known = {"pid": os.getpid(), "unknown_vrids": self._runner.unknown_vrids, "groups": self._groups()}
        return orders.Answer(number, len(routers), rows, known)

    def _groups(self) -> dict[str, str]:
        machine = self._runner.machine
        return {group.name: str(machine.group_state(group.name)) for group in machine.configuration.groups}

    def _reconfigure(self, configuration: vrrp.Configuration, running: orders.Running) -> None:
        changes = self._runner.reconfigure(configuration)
        for line in vrrp.changes.lines(changes):
            LOG.log(NOTICE, "reload: %s", line)
        self._running = running
        self._settle()
        self._control.say(orders.Reconfigured())

    def _notified(self, notify: vrrp.events.Notify) -> None:
        if self._speaks_keepalived and notify.state in _STATES:
            state = _STATES[notify.state]
            if notify.of_group:
                LOG.log(NOTICE, "VRRP_Group(%s) Syncing instances to %s state", notify.name, state)
            else:
                LOG.log(NOTICE, "(%s) Entering %s STATE", notify.name, state)
        self._control.say(orders.Told(notify))


def main(argv: list[str]) -> int:
    """Run until the channel's other end closes, or a signal; return the exit status."""
    return child_program.run(argv, orders.Begin, lambda *given: VrrpProgram(*given).run())


if __name__ == "__main__":
    child_program.leave(main(sys.argv[1:]))
