"""A director's signals."""

from __future__ import annotations

import asyncio
import os
import signal
import socket

from standfast.daemons.director.signal_line import SignalLine

PATIENCE_S = 30.0


def test_each_signal_does_what_it_is_for() -> None:
    """An init script could not stop a director, or a reload end it."""

    async def story() -> list[str]:
        heard: list[str] = []
        stopped = asyncio.Event()
        line = SignalLine({signal.SIGUSR1: lambda: heard.append("usr1"), signal.SIGTERM: stopped.set})
        line.begin()
        os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(stopped.wait(), PATIENCE_S)
        line.close()
        return heard

    before = [signal.getsignal(number) for number in (signal.SIGUSR1, signal.SIGTERM)]
    assert asyncio.run(story()) == ["usr1"]
    assert [signal.getsignal(number) for number in (signal.SIGUSR1, signal.SIGTERM)] == before
    assert signal.set_wakeup_fd(-1) == -1


def test_a_signal_stands_on_the_line_before_the_loop_hears_it() -> None:
    """What reads along would wait for a director that sleeps."""

    async def story() -> bytes:
        line = SignalLine({signal.SIGUSR1: lambda: None})
        line.begin()
        os.kill(os.getpid(), signal.SIGUSR1)
        with socket.socket(fileno=os.dup(line.fileno())) as along:
            found = along.recv(10, socket.MSG_PEEK)
        line.close()
        return found

    assert asyncio.run(story()) == bytes([signal.SIGUSR1])


def test_what_somebody_else_took_from_the_line() -> None:
    """The loop would end with an error."""

    async def story() -> list[str]:
        heard: list[str] = []
        line = SignalLine({signal.SIGUSR1: lambda: heard.append("usr1")})
        line.begin()
        os.kill(os.getpid(), signal.SIGUSR1)
        with socket.socket(fileno=os.dup(line.fileno())) as along:
            along.recv(10)
        line._heard()
        line.close()
        return heard

    assert asyncio.run(story()) == []
