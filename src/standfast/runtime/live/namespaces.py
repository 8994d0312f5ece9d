"""Network namespaces of this machine, as `ip netns` makes them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

FIRST = "/proc/1/ns/net"
_CLONE_NEWNET = 0x40000000
_OWN = "/proc/thread-self/ns/net"


def file_of(name: str) -> str:
    """Return the file of a network namespace; the name may be a path itself."""
    return os.path.join("/run/netns", name)


def enter(path: str) -> None:
    """Go on in a network namespace, with this thread alone. Raises: OSError."""
    with open(path, "rb") as there:
        _enter(there.fileno(), path)


@contextmanager
def within(path: str) -> Iterator[None]:
    """Be in a network namespace with this thread: a socket stays in the one it was made in. Raises: OSError."""
    with open(_OWN, "rb") as here:
        enter(path)
        try:
            yield
        finally:
            _enter(here.fileno(), _OWN)


def _enter(fd: int, path: str) -> None:
    import ctypes  # only here: most daemons stay where they are

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, _CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
