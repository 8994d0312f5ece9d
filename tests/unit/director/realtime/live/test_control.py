"""A process's end of its channel, with the other end in the test's hand."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from standfast.director.realtime import Inbox, pack
from standfast.director.realtime.live.control import Control
from standfast.errors import LiveError

Ends = tuple[socket.socket, "Control[str, str, str]"]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """Return the starter's socket, and the control of the one that was started."""
    mine, its = socket.socketpair()
    control: Control[str, str, str] = Control(its, str)
    yield mine, control
    control.close()
    mine.close()


def test_orders_and_what_is_said(ends: Ends) -> None:
    """A process would not do what it is told, or nobody would hear of it."""
    mine, control = ends
    mine.sendall(pack("begin"))
    assert control.begin() == "begin"
    assert control.orders() == []
    mine.sendall(pack("more") + pack("still more"))
    assert control.orders() == ["more", "still more"]
    control.say("done")
    assert Inbox().take(mine.recv(4096)) == ["done"]


def test_the_starter_is_gone(ends: Ends) -> None:
    """A process would live on without anybody who could end it."""
    mine, control = ends
    mine.close()
    with pytest.raises(LiveError):
        control.begin()
    assert control.ended


def test_nobody_reads(ends: Ends) -> None:
    """A starter that is busy would stop whoever must not be late."""
    mine, control = ends
    mine.sendall(pack("begin"))
    control.begin()
    for _ in range(200):
        control.say("x" * 10_000)
    assert not control.flush()
    inbox, taken = Inbox(), 0
    mine.settimeout(5)
    while taken < 200:
        taken += len(inbox.take(mine.recv(1 << 20)))
        control.flush()
    assert control.flush()
