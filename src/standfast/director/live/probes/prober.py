"""Carries out the machine's probes: when they are due, of whatever kind, and tells what they found."""

from __future__ import annotations

import asyncio
import heapq
import ssl
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from standfast.director.checks import (
    DnsCheck,
    FileCheck,
    HttpCheck,
    MiscCheck,
    PingCheck,
    Result,
    SmtpCheck,
    TcpCheck,
    UdpCheck,
)
from standfast.director.events import CancelProbe, Probe, Probed
from standfast.director.live.probes import datagram, local
from standfast.director.live.probes.connecting import reason_of
from standfast.director.live.probes.http import http
from standfast.director.live.probes.smtp import smtp
from standfast.director.live.probes.tcp import Connecting


class _Cancellable(Protocol):
    def cancel(self) -> object: ...


_AT_ONCE = 100
"""So many probes begin before the loop gets its turn."""
_STALE_MAX = 1000
_PROMPT_S = 0.02
"""A connection that is decided so soon after it was due leaves the rhythm as it is: clocks tick, and all takes time."""


class Prober:
    """Probes for one machine. `answer` gets each result, from the loop, never from within `apply`.

    All that wait share one timer: a hundred thousand of the loop's own would take much more memory, and time.
    """

    def __init__(self, answer: Callable[[Probed], None]) -> None:
        self._answer = answer
        self._loop = asyncio.get_running_loop()
        self._under_way: dict[int, _Cancellable] = {}
        self._waiting: dict[int, Probe] = {}
        self._due: list[tuple[float, int, int, Probe]] = []  # when, of whom; also what does not wait any more
        self._timer: asyncio.TimerHandle | None = None
        self._answered: tuple[int, float] | None = None  # whose answer is being given, and when it counts as found
        self.count = 0

    def __len__(self) -> int:
        return len(self._under_way) + len(self._waiting)

    def apply(self, effect: Probe | CancelProbe) -> None:
        """Do what an effect says."""
        earlier = self._under_way.pop(effect.number, None)
        if earlier is not None:
            earlier.cancel()
        if isinstance(effect, CancelProbe):
            self._waiting.pop(effect.number, None)
            return
        self._waiting[effect.number] = effect
        answered = self._answered
        start = answered[1] if answered is not None and answered[0] == effect.number else self._loop.time()
        when = start + effect.delay_ms / 1000
        heapq.heappush(self._due, (when, effect.number, effect.generation, effect))
        if self._timer is None or when < self._timer.when():
            self._wake()

    def _wake(self) -> None:
        """Be there when the first is due."""
        if self._timer is not None:
            self._timer.cancel()
        if len(self._due) > 2 * len(self._waiting) + _STALE_MAX:
            self._due = [entry for entry in self._due if self._waiting.get(entry[1]) is entry[3]]
            heapq.heapify(self._due)
        self._timer = self._loop.call_at(self._due[0][0], self._begin_due) if self._due else None

    def _begin_due(self) -> None:
        now = self._loop.time()
        for _ in range(_AT_ONCE):
            if not self._due or self._due[0][0] > now:
                break
            due, _, _, probe = heapq.heappop(self._due)
            if self._waiting.get(probe.number) is probe:
                del self._waiting[probe.number]
                self._begin(probe, due)
        self._wake()

    def close(self) -> None:
        """Give up all."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._due = None, []
        self._waiting.clear()
        for one in self._under_way.values():
            one.cancel()
        self._under_way.clear()

    def _begin(self, probe: Probe, due: float) -> None:
        self.count += 1
        kind = probe.target.check.kind
        if isinstance(kind, TcpCheck):
            done = False

            def finished(result: Result) -> None:
                nonlocal done
                done = True
                now = self._loop.time()
                self._finished(probe, result, due if now - due < _PROMPT_S else now)

            attempt = Connecting(kind.connect, probe.target.address, probe.target.port, finished)
            if not done:
                self._under_way[probe.number] = attempt
        elif isinstance(kind, FileCheck):
            self._finished(probe, local.file(kind), self._loop.time())
        else:
            task = self._loop.create_task(self._ask(probe))
            self._under_way[probe.number] = task

    def _finished(self, probe: Probe, result: Result, found: float) -> None:
        self._under_way.pop(probe.number, None)
        self._answered = probe.number, found
        self._answer(Probed(probe.number, probe.generation, result))
        self._answered = None

    async def _ask(self, probe: Probe) -> None:
        try:
            result = await _asking(probe)
        except TimeoutError:
            result = Result(False, "timed out")
        except ssl.SSLError as error:
            result = Result(False, f"TLS: {error.reason or error}")
        except OSError as error:
            result = Result(False, reason_of(error.errno) if error.errno and error.errno > 0 else str(error))
        except (ValueError, UnicodeError) as error:  # what was configured cannot be sent
            result = Result(False, str(error))
        self._finished(probe, result, self._loop.time())


def _asking(probe: Probe) -> Coroutine[Any, Any, Result]:
    target = probe.target
    kind = target.check.kind
    if isinstance(kind, HttpCheck):
        return http(kind, target, probe.part)
    if isinstance(kind, SmtpCheck):
        return smtp(kind, target)
    if isinstance(kind, DnsCheck):
        return datagram.dns(kind, target)
    if isinstance(kind, UdpCheck):
        return datagram.udp(kind, target)
    if isinstance(kind, PingCheck):
        return datagram.ping(kind, target)
    assert isinstance(kind, MiscCheck), "a check that nothing can ask"
    return local.misc(kind, target)
