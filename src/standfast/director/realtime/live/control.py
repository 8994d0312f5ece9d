"""A process's end of the channel to the one that started it."""

from __future__ import annotations

import contextlib
import socket
from typing import Any, Generic, TypeVar

from standfast.director.realtime.channel import Inbox, pack
from standfast.errors import LiveError

_READ_BYTES = 1 << 16


Begin = TypeVar("Begin")
Order = TypeVar("Order")
Said = TypeVar("Said")


class Control(Generic[Begin, Order, Said]):
    """Takes orders and says what became of them. `ended`: nobody is at the other end any more."""

    def __init__(self, channel: socket.socket, begin: type[Begin]) -> None:
        self._channel = channel
        self._begin = begin
        self._inbox = Inbox()
        self._unsent = bytearray()
        self.ended = False

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._channel.fileno()

    def begin(self) -> Begin:
        """Wait for the first order and return it. Raises: LiveError if none comes."""
        self._channel.setblocking(True)
        while not (found := self._read()):
            if self.ended:
                raise LiveError("whoever started this is gone")
        self._channel.setblocking(False)
        assert isinstance(found[0], self._begin), "the first order"
        return found[0]

    def orders(self) -> list[Order]:
        """Return what has come; without waiting."""
        return self._read()

    def _read(self) -> list[Any]:
        try:
            data = self._channel.recv(_READ_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        self.ended = not data
        return self._inbox.take(data)

    def say(self, message: Said) -> None:
        """Say something; what the other end does not take now is kept, for this process does not wait."""
        self._unsent += pack(message)
        self.flush()

    def flush(self) -> bool:
        """Send what was kept; return whether nothing is left."""
        while self._unsent and not self.ended:
            try:
                sent = self._channel.send(self._unsent)
            except BlockingIOError:
                return False
            except OSError:
                self.ended = True
                break
            del self._unsent[:sent]
        return True

    def close(self) -> None:
        """Close it, what is still to be said first, if that is taken at once."""
        with contextlib.suppress(OSError):
            self.flush()
        self._channel.close()
