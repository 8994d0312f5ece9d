"""The VRRP process's end of the channel to the process that started it."""

from __future__ import annotations

import contextlib
import socket

from standfast.director.vrrp.orders import Begin, Inbox, Message, Order, Said, pack
from standfast.errors import LiveError

_READ_BYTES = 1 << 16


class Control:
    """Takes orders and says what became of them. `ended`: nobody is at the other end any more."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
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
        first = found[0]
        assert isinstance(first, Begin), "the first order"
        return first

    def orders(self) -> list[Order]:
        """Return what has come; without waiting."""
        found = self._read()
        assert all(isinstance(message, Order) for message in found), "only orders come"
        return found  # type: ignore[return-value]

    def _read(self) -> list[Message]:
        try:
            data = self._channel.recv(_READ_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        self.ended = not data
        return self._inbox.take(data)

    def say(self, message: Said) -> None:
        """Say something; what the other end does not take now is kept, for the routers do not wait."""
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
