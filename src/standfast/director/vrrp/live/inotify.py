"""What changes in folders. Source: inotify(7)."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterator

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.inotify_add_watch.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_uint32)
_LIBC.inotify_init1.argtypes = (ctypes.c_int,)
_CLOSE_WRITE, _MOVED_FROM, _MOVED_TO, _DELETE = 0x8, 0x40, 0x80, 0x200
IGNORED, OVERFLOW, _ONLY_FOLDERS = 0x8000, 0x4000, 0x01000000
_WANTED = _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _DELETE | _ONLY_FOLDERS
_EVENT = struct.Struct("=iIII")
_READ_BYTES = 65536


class Inotify:
    """Watches folders; wait for `fileno`, then `read`."""

    def __init__(self) -> None:
        """Raises: OSError."""
        self._fd: int = _LIBC.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1")

    def fileno(self) -> int:
        """Return what to wait for."""
        return self._fd

    def watch(self, folder: str) -> int:
        """Watch a folder; return the watch's number. Raises: OSError, also if there is none."""
        number: int = _LIBC.inotify_add_watch(self._fd, os.fsencode(folder), _WANTED)
        if number < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), folder)
        return number

    def read(self) -> Iterator[tuple[int, int, str]]:
        """Return what changed: the watch, what happened (`IGNORED`: the folder is gone), the file's name."""
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        at = 0
        while at < len(data):
            number, mask, _, length = _EVENT.unpack_from(data, at)
            at += _EVENT.size
            yield number, mask, os.fsdecode(data[at : at + length].rstrip(b"\0"))
            at += length

    def close(self) -> None:
        """Close it."""
        os.close(self._fd)
