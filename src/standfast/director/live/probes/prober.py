"""Carries out the machine's probes: when they are due, of whatever kind, and tells what they found."""

from __future__ import annotations

import asyncio
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


class Prober:
    """Probes for one machine. `answer` gets each result, from the loop, never from within `apply`."""

    def __init__(self, answer: Callable[[Probed], None]) -> None:
        self._answer = answer
        self._loop = asyncio.get_running_loop()
        self._under_way: dict[int, _Cancellable] = {}
        self.count = 0

    def __len__(self) -> int:
        return len(self._under_way)

    def apply(self, effect: Probe | CancelProbe) -> None:
        """Do what an effect says."""
        earlier = self._under_way.pop(effect.number, None)
        if earlier is not None:
            earlier.cancel()
        if isinstance(effect, Probe):
            handle = self._loop.call_later(effect.delay_ms / 1000, self._begin, effect)
            self._under_way[effect.number] = handle

    def close(self) -> None:
        """Give up all."""
        for one in self._under_way.values():
            one.cancel()
        self._under_way.clear()

    def _begin(self, probe: Probe) -> None:
        self.count += 1
        kind = probe.target.check.kind
        if isinstance(kind, TcpCheck):
            done = False

            def finished(result: Result) -> None:
                nonlocal done
                done = True
                self._finished(probe, result)

            attempt = Connecting(kind.connect, probe.target.address, probe.target.port, finished)
            if not done:
                self._under_way[probe.number] = attempt
        elif isinstance(kind, FileCheck):
            self._finished(probe, local.file(kind))
        else:
            task = self._loop.create_task(self._ask(probe))
            self._under_way[probe.number] = task

    def _finished(self, probe: Probe, result: Result) -> None:
        self._under_way.pop(probe.number, None)
        self._answer(Probed(probe.number, probe.generation, result))

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
        self._finished(probe, result)


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
