"""`ipvsadm`: arguments and standard input in, the kernel's table changed or printed. `--strict` is ours."""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address

from standfast import director
from standfast.dialects import ipvsadm
from standfast.director import lvs
from standfast.director.live import open_ipvs
from standfast.errors import StandfastError

_NAME = "ipvsadm"
_NO_KERNEL_STATUS = 2
_FAILED_STATUS = 255


class SystemNames:
    """Names of hosts and services as the C library finds them."""

    def host_address(self, name: str) -> IPv4Address | None:
        """Return a host's first IPv4 address."""
        try:
            return IPv4Address(socket.gethostbyname(name))
        except (OSError, UnicodeError):
            return None

    def host_name(self, address: lvs.Address) -> str | None:
        """Return the name of an address."""
        try:
            return socket.gethostbyaddr(str(address))[0]
        except OSError:
            return None

    def service_port(self, name: str, transport: str) -> int | None:
        """Return a service's port."""
        try:
            return socket.getservbyname(name, transport)
        except OSError:
            return None

    def service_name(self, port: int, transport: str) -> str | None:
        """Return the name of a port."""
        try:
            return socket.getservbyport(port, transport)
        except (OSError, OverflowError):
            return None


def main(argv: Sequence[str]) -> int:
    """Run `ipvsadm` with these arguments; return the exit status."""
    if list(argv) in (["-h"], ["--help"], ["-v"], ["--version"]):
        from standfast.director.memory import MemoryDataplane

        return run(argv, MemoryDataplane(), ())
    try:
        dataplane = open_ipvs()
    except (StandfastError, OSError) as wrong:
        sys.stderr.write(_no_kernel(wrong))
        return _NO_KERNEL_STATUS
    try:
        return run(argv, dataplane, sys.stdin)
    except BrokenPipeError:
        raise
    except OSError as wrong:
        sys.stderr.write(f"{_NAME}: {wrong}\n")
        return _FAILED_STATUS
    finally:
        dataplane.close()


def run(argv: Sequence[str], dataplane: director.Dataplane, stdin: Iterable[str]) -> int:
    """Run a command line on a data plane; print what it says; return its status."""
    words = [word for word in argv if word != "--strict"]
    program = ipvsadm.Ipvsadm(dataplane, SystemNames(), called_as(), strict=len(words) < len(argv))
    output = program.run(words, stdin)
    sys.stdout.write("".join(output.stdout))
    sys.stdout.flush()
    sys.stderr.write("".join(output.stderr))
    return output.status


def called_as() -> str:
    """Return the program's name for messages: that of the link it was called by, as it was typed."""
    typed = sys.argv[0] if sys.argv else ""
    return typed if typed.rpartition("/")[2] == _NAME else _NAME


def _no_kernel(wrong: Exception) -> str:
    number = getattr(wrong, "number", None) or getattr(wrong, "errno", None) or errno.ENOPROTOOPT
    known = {errno.ENOENT: "Protocol not available", errno.EPERM: "Permission denied (you must be root)"}
    reason = known.get(number) or os.strerror(number)
    return (
        f"Can't initialize ipvs: {reason}\nAre you sure that IP Virtual Server is built in the kernel or as module?\n"
    )
