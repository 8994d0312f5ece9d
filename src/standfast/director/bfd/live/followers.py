"""Both ends of `tidings`: who tells, and who follows from another process."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

from standfast.director.bfd import tidings

_BYTES = 1 << 16
_KIND = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC


class Teller:
    """Tells sockets at known paths; whoever is not there or does not read is told again later."""

    def __init__(self, paths: tuple[str, ...]) -> None:
        self._paths = paths
        self._socket = socket.socket(socket.AF_UNIX, _KIND)

    def tell(self, states: list[tuple[str, bool]]) -> None:
        """Tell each follower, without waiting."""
        if not states:
            return
        datagram = tidings.render(states)
        for path in self._paths:
            with contextlib.suppress(OSError):
                self._socket.sendto(datagram, path)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class Follower:
    """Hears of sessions at a path that only root may write to; wait for `fileno`, then `read`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, _KIND)
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        before = os.umask(0o177)
        try:
            self._socket.bind(str(path))
        except BaseException:
            self._socket.close()
            raise
        finally:
            os.umask(before)

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._socket.fileno()

    def read(self) -> list[tuple[str, bool]]:
        """Return names of sessions and whether they are up, in the order in which they came."""
        found: list[tuple[str, bool]] = []
        while True:
            try:
                found += tidings.read(self._socket.recv(_BYTES))
            except OSError:
                return found

    def close(self) -> None:
        """End following."""
        self._socket.close()
        with contextlib.suppress(OSError):
            self._path.unlink()
