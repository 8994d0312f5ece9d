"""The BFD process: sockets and timers turned into events, effects into system calls.

Order matters on waking: what waits in the sockets is read before any timer is looked at, so that a program that was
stopped hears before it takes a neighbour for dead.
"""

from __future__ import annotations

import logging
import random
import select
from collections.abc import Callable
from typing import Any

from standfast.director.bfd import events as ev
from standfast.director.bfd import status
from standfast.director.bfd.configuration import Configuration, SessionConfiguration
from standfast.director.bfd.live.followers import Teller
from standfast.director.bfd.live.sockets import Receiver, Sender
from standfast.director.bfd.machine import Event, Machine, To
from standfast.director.bfd.tidings import REPEAT_MS
from standfast.director.realtime.live.timers import TimerQueue, now_ns
from standfast.director.realtime.live.waiting import Waiting

LOG = logging.getLogger("standfast.bfd")
_NS_PER_MS = 1_000_000
_REPEAT = ev.SetTimer("", ev.Timer.TRANSMIT, 0, 0)
"""The timer of no session: all followers are told everything again."""


class Runner:
    """Runs until `stop` was called. `told` hears of each change, `followers` are the paths of whoever else does."""

    def __init__(
        self,
        told: Callable[[ev.Changed], None] = lambda _: None,
        followers: tuple[str, ...] = (),
        each_second: Callable[[], object] = lambda: None,
    ) -> None:
        self.machine = Machine(random.getrandbits(64))
        self._told = told
        self._each_second = each_second
        self._teller = Teller(followers)
        self._timers: TimerQueue[ev.SetTimer] = TimerQueue()
        self._waiting = Waiting(self._timers)
        self._receivers: dict[int, Receiver] = {}
        self._by_fd: dict[int, Receiver] = {}
        self._senders: dict[str, Sender] = {}
        self._configured: dict[str, SessionConfiguration] = {}
        self._unsent: dict[str, str] = {}

    # -- begin and end

    def configure(self, configuration: Configuration) -> None:
        """Have these sessions from now on. Raises: OSError if the port is not to be had."""
        for family in sorted({session.neighbor.version for session in configuration.sessions} - set(self._receivers)):
            self._receivers[family] = receiver = Receiver(family)
            self._by_fd[receiver.fileno()] = receiver
            self._waiting.poll.register(receiver.fileno(), select.EPOLLIN)
        self._configured |= {session.name: session for session in configuration.sessions}
        self._give(ev.Configured(configuration))
        self._configured = {session.name: session for session in configuration.sessions}
        self._repeat()

    def stop(self) -> None:
        """End soon; may be called from a signal handler."""
        self._waiting.stop()

    def close(self) -> None:
        """Tell the neighbours, and close everything."""
        self._give(ev.Shutdown())
        for receiver in self._receivers.values():
            receiver.close()
        for sender in self._senders.values():
            sender.close()
        self._teller.close()
        self._timers.close()
        self._waiting.close()

    # -- the loop

    def watch(self, fd: int, read: Callable[[], None], *, once: bool = False) -> None:
        """Call `read` whenever something waits there, after the sockets were read."""
        self._waiting.watch(fd, read, once=once)

    def run(self) -> None:
        """Run until `stop`."""
        while not self._waiting.stopping:
            self._timers.arm()
            self.turn(None)

    def turn(self, timeout_s: float | None) -> None:
        """Wait for something and take it: sockets first, then timers, then the rest."""
        ready = self._waiting.wait(timeout_s)
        for fd in ready & self._by_fd.keys():
            self._read(self._by_fd[fd])
        for timer in self._timers.due():
            self._fired(timer)
        self._waiting.call_watched(ready)

    def _fired(self, timer: ev.SetTimer) -> None:
        if not timer.session:
            self._repeat()
            return
        if timer.timer is ev.Timer.DETECT:  # what came since we woke is heard before anybody is taken for dead
            for receiver in self._receivers.values():
                self._read(receiver)
        self._give(To(timer.session, ev.TimerFired(timer.timer, timer.generation)))

    def _read(self, receiver: Receiver) -> None:
        for datagram in receiver.read():
            self._give(ev.Arrived(datagram))

    def _repeat(self) -> None:
        self._teller.tell([(name, session.is_up) for name, session in self.machine.sessions.items()])
        self._each_second()
        self._timers.set("", now_ns() + REPEAT_MS * _NS_PER_MS, _REPEAT)

    def _give(self, event: Event) -> None:
        for effect in self.machine.handle(event, now_ns()):
            self._carry_out(effect)

    def _carry_out(self, effect: ev.Effect) -> None:
        match effect:
            case ev.Send(name, payload):
                self._send(name, payload)
            case ev.SetTimer(name, timer, _, due_ns):
                self._timers.set((name, timer), due_ns, effect)
            case ev.CancelTimer(name, timer):
                self._timers.cancel((name, timer))
            case ev.Changed(name, up):
                self._teller.tell([(name, up)])
                self._told(effect)
            case ev.Closed(name):
                if sender := self._senders.pop(name, None):
                    sender.close()
                self._unsent.pop(name, None)
            case ev.Log(level, text):
                LOG.log(level, "%s", text)

    def _send(self, name: str, payload: bytes) -> None:
        trouble = ""
        if name not in self._senders:
            try:
                self._senders[name] = Sender(self._configured[name])
            except OSError as error:
                trouble = error.strerror or str(error)
        trouble = trouble or self._senders[name].send(payload)
        if trouble != self._unsent.get(name, ""):
            self._unsent[name] = trouble
            LOG.warning("%s: packets are %s", name, f"not sent: {trouble}" if trouble else "sent again")

    # -- what is known

    def rows(self) -> list[dict[str, Any]]:
        """Return what is known of each session."""
        return [status.row(session, now_ns()) for session in self.machine.sessions.values()]

    def dropped(self) -> dict[str, int]:
        """Return how many packets were no session's, by reason."""
        return {str(drop): count for drop, count in self.machine.dropped.items()}
