"""A small process that carries netlink messages between a director and the kernel.

Some kernels (user-mode-linux, for one) walk all the memory of the process that adds a real server. So the process that
speaks to the kernel is one that was forked before anything big was read. It ends when its director ends.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
from collections.abc import Callable

from standfast.director.live.ipvs import netlink_socket

_BYTES = 1 << 20
_DATAGRAM_MAX = 1 << 17


def hire(enter: Callable[[str], None]) -> socket.socket:
    """Start the process; return the socket to it, on which the first datagram names its network namespace (`-`: this
    one; `enter` is called with any other). Call it early: what memory this process has, it has. Raises: OSError."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BYTES)
    if os.fork():
        theirs.close()
        return ours
    try:
        ours.close()
        _alone()
        _carry(theirs, enter)
    finally:
        os._exit(0)


def _alone() -> None:
    """Leave the terminal's signals and files to the director."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)


def _carry(director: socket.socket, enter: Callable[[str], None]) -> None:
    """Carry datagrams both ways until the director is gone."""
    name = director.recv(_DATAGRAM_MAX).decode()
    if not name:
        return
    if name != "-":
        enter(name)
    kernel = netlink_socket()
    poll = select.poll()
    poll.register(director, select.POLLIN)
    poll.register(kernel, select.POLLIN)
    while True:
        for fd, _ in poll.poll():
            if fd == kernel.fileno():
                with contextlib.suppress(BlockingIOError):
                    director.send(kernel.recv(_DATAGRAM_MAX))
                continue
            datagram = director.recv(_DATAGRAM_MAX)
            if not datagram:
                return
            kernel.send(datagram)
