"""Namespaces and mounts by system call."""

from __future__ import annotations

import ctypes
import os

NEWNS = 0x00020000
NEWUTS = 0x04000000
NEWIPC = 0x08000000
NEWUSER = 0x10000000
NEWPID = 0x20000000
NEWNET = 0x40000000

MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15

_LIBC = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Put this process into new namespaces; NEWPID concerns the next children only. Raises: OSError."""
    _check(_LIBC.unshare(flags), "unshare")


def setns(fd: int, flags: int) -> None:
    """Enter the namespaces that `fd` stands for (a namespace file, or a pidfd). Raises: OSError."""
    _check(_LIBC.setns(fd, flags), "setns")


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """Mount. Raises: OSError."""
    arguments = (source.encode(), target.encode(), kind.encode() or None, flags, data.encode() or None)
    _check(_LIBC.mount(*arguments), f"mount {kind or 'bind'} at {target}")


def bind(source: str, target: str) -> None:
    """Bind a file or folder, with what is mounted below it. Raises: OSError."""
    mount(source, target, flags=MS_BIND | MS_REC)


def private_mounts() -> None:
    """Let no mount of this namespace reach another, nor the reverse. Raises: OSError."""
    mount("none", "/", flags=MS_REC | MS_PRIVATE)


def set_hostname(name: str) -> None:
    """Name the machine of this UTS namespace. Raises: OSError."""
    _check(_LIBC.sethostname(name.encode(), len(name.encode())), "sethostname")


def die_with_parent(signal_number: int) -> None:
    """Be sent this signal when the parent ends. Raises: OSError."""
    _check(_LIBC.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0), "prctl")


def set_process_name(name: str) -> None:
    """Name this process for `ps` (15 bytes). Raises: OSError."""
    _check(_LIBC.prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0), "prctl")
