"""What the kernel tells of processes, and what /proc does. Source: linux/cn_proc.h, linux/connector.h, proc(5)."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator

from msgspec.structs import replace

from standfast.director.vrrp.attendant import ProcessesLooked, ProcessGone, ProcessSeen
from standfast.runtime.live import namespaces

_NETLINK_CONNECTOR = 11
_PROCESSES, _LISTEN = (1, 1), 1
_FORK, _EXEC, _COMM, _EXIT = 0x1, 0x2, 0x200, 0x80000000
_HEADER = struct.Struct("=IHHII")
_MESSAGE = struct.Struct("=IIIIHH")
_WHAT = struct.Struct("=IIQ")
_AT = _HEADER.size + _MESSAGE.size
_QUEUE_BYTES = 1 << 20
_FIRST_PID_NAMESPACE = 0xEFFFFFFC  # Source: PROC_PID_INIT_INO of linux/proc_ns.h


class Connector:
    """The process events connector; wait for `fileno`, then `read`."""

    def __init__(self) -> None:
        """Raises: OSError: it is refused, or would name processes as another namespace does."""
        if os.stat("/proc/self/ns/pid").st_ino != _FIRST_PID_NAMESPACE:
            raise OSError(errno.EOPNOTSUPP, "not in the first namespace of processes")
        try:
            self._socket = _connected()
        except OSError:
            with namespaces.within(namespaces.FIRST):  # where the kernel's own end is
                self._socket = _connected()

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._socket.fileno()

    def read(self, names_only: bool) -> Iterator[ProcessSeen | ProcessGone | None]:
        """Return what happened; None: some of it was lost, and all processes must be looked at."""
        while True:
            try:
                data = self._socket.recv(4096)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                yield None
                continue
            if found := _happened(data, names_only):
                yield found

    def close(self) -> None:
        """Close it."""
        self._socket.close()


def _connected() -> socket.socket:
    connector = socket.socket(
        socket.AF_NETLINK, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, _NETLINK_CONNECTOR
    )
    try:
        connector.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _QUEUE_BYTES)
        connector.bind((0, _PROCESSES[0]))
        body = _MESSAGE.pack(*_PROCESSES, 0, 0, 4, 0) + struct.pack("=I", _LISTEN)
        connector.send(_HEADER.pack(_HEADER.size + len(body), 3, 0, 0, os.getpid()) + body)
    except OSError:
        connector.close()
        raise
    return connector


def _happened(data: bytes, names_only: bool) -> ProcessSeen | ProcessGone | None:
    if len(data) < _AT + _WHAT.size + 16:
        return None
    what, _, _ = _WHAT.unpack_from(data, _AT)
    first, first_group, second, second_group = struct.unpack_from("=IIII", data, _AT + _WHAT.size)
    if what == _EXIT:
        return ProcessGone(first) if first == first_group else None  # else one of its threads
    if what == _FORK:
        first, first_group = second, second_group
    if what not in (_FORK, _EXEC, _COMM) or first != first_group:
        return None
    found = process(first, names_only)
    return replace(found, forked=True) if found and what == _FORK else found


def process(pid: int, names_only: bool) -> ProcessSeen | None:
    """Return what runs with this number, nothing if it is gone; a zombie has no name."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as opened:
            stat = opened.read(512)
        command: tuple[str, ...] = ()
        if not names_only:
            with open(f"/proc/{pid}/cmdline", "rb") as opened:
                command = tuple(os.fsdecode(word) for word in opened.read(65536).removesuffix(b"\0").split(b"\0"))
    except OSError:
        return None
    name, _, state = stat[stat.index(b"(") + 1 :].rpartition(b")")
    if state[1:2] in b"ZX":
        return ProcessSeen(pid, "", ())
    return ProcessSeen(pid, os.fsdecode(name), command)


def look(names_only: bool) -> ProcessesLooked:
    """Return all processes."""
    found = (process(int(name), names_only) for name in os.listdir("/proc") if name.isdigit())
    return ProcessesLooked(tuple((each.pid, each.name, each.command) for each in found if each))
