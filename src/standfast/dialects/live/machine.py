"""The machine that a keepalived.conf is read on: its files, interfaces, users, commands and names."""

from __future__ import annotations

import _socket as socket  # `socket` makes enumerations of hundreds of constants: a start would wait for them
import array
import contextlib
import itertools
import os
import re
import stat
import struct
import time
from functools import cache
from typing import Any, cast

import msgspec

from standfast import director, garbage
from standfast.dialects import keepalived
from standfast.dialects.keepalived import Process, Source, missing, read_source
from standfast.dialects.keepalived.surroundings import (
    ROUTING_NAMES,
    FileState,
    Matches,
    ScriptState,
    Surroundings,
)
from standfast.digests import digest, digest_of_file
from standfast.errors import ConfigError, Report, Severity
from standfast.runtime.live import namespaces

_BRACES = re.compile(r"\{([^{}]*)\}")
_WILDCARD = re.compile(r"[*?\[]")
_SIOCGIFINDEX, _SIOCGIFFLAGS, _IFF_LOOPBACK = 0x8933, 0x8913, 0x8
_SIOCETHTOOL, _ETHTOOL_GDRVINFO, _DRVINFO_BYTES = 0x8946, 3, 196
_IFNAMSIZ, _IFREQ_BYTES = 16, 40
_ROUTING_FILES = {
    "scope": "rt_scopes", "table": "rt_tables", "proto": "rt_protos", "realm": "rt_realms", "dsfield": "rt_dsfield",
    "group": "group",
}  # fmt: skip


class Machine:
    """This machine, for `dialects.keepalived`. It holds a socket, by which interfaces are asked for."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._namespace = ""

    def close(self) -> None:
        """Give the socket back."""
        self._socket.close()

    @property
    def host(self) -> str:
        """Return the host's name."""
        return os.uname().nodename

    @property
    def processors(self) -> int:
        """Return how many processors are online."""
        return os.sysconf("SC_NPROCESSORS_ONLN")

    @property
    def has_ipvs(self) -> bool:
        """Return whether the kernel has IPVS loaded."""
        return os.path.exists("/proc/net/ip_vs")

    @property
    def seed(self) -> int:
        """Return the time in whole seconds."""
        return int(time.time())

    def matches(self, pattern: str, folder: str) -> Matches:
        """Return what a pattern matches; each alternative in braces is looked for by itself."""
        paths: list[str] = []
        missing = wildcard = False
        for one in _alternatives(pattern):
            full = os.path.join(folder, one)
            if _WILDCARD.search(one):
                import glob  # only here: few includes have a wildcard

                wildcard = True
                found = sorted(glob.glob(full))
                missing |= not found and not glob.glob(os.path.dirname(full) or ".")
                paths += [_as_written(path, folder) for path in found]
            elif os.path.lexists(full):
                paths.append(one + ("/" if os.path.isdir(full) and not one.endswith("/") else ""))
            else:
                missing = True
        return Matches(tuple(paths), missing, wildcard)

    def state(self, path: str, folder: str = "") -> FileState:
        """Return what stands at a path."""
        try:
            found = os.stat(os.path.join(folder, path))
        except OSError:
            return FileState()
        return FileState(
            exists=True,
            regular=stat.S_ISREG(found.st_mode),
            folder=stat.S_ISDIR(found.st_mode),
            executable=bool(found.st_mode & 0o111),
            readable=os.access(os.path.join(folder, path), os.R_OK),
        )

    def content(self, path: str) -> bytes | None:
        """Return a file's bytes."""
        try:
            with open(path, "rb") as file:
                return file.read()
        except OSError:
            return None

    def enter(self, namespace: str) -> bool:
        """Look for interfaces in a network namespace: a socket stays in the one that it was made in."""
        try:
            with namespaces.within(namespaces.file_of(namespace)):
                made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        except OSError:
            return False
        self._socket.close()
        self._socket, self._namespace = made, namespace
        return True

    # What follows is seldom asked: what answers it is imported then.

    def has_interface(self, name: str) -> bool:
        """Return whether there is a network interface of this name."""
        return self._asked(_SIOCGIFINDEX, name) is not None

    def is_loopback(self, name: str) -> bool:
        """Return whether the network interface of this name is a loopback."""
        flags = self._asked(_SIOCGIFFLAGS, name)
        return name == "lo" if flags is None else bool(flags & _IFF_LOOPBACK)

    def driver(self, name: str) -> str:
        """Return what drives the network interface of this name. Source: linux/ethtool.h, ethtool_drvinfo."""
        import fcntl

        answer = array.array("B", struct.pack("=I", _ETHTOOL_GDRVINFO).ljust(_DRVINFO_BYTES, b"\0"))
        raw = os.fsencode(name)[: _IFNAMSIZ - 1].ljust(_IFNAMSIZ, b"\0")
        asked = raw + struct.pack("P", answer.buffer_info()[0])
        try:
            fcntl.ioctl(self._socket, _SIOCETHTOOL, asked.ljust(_IFREQ_BYTES, b"\0"))
        except OSError:
            return ""
        return answer.tobytes()[4:36].partition(b"\0")[0].decode(errors="replace")

    def vrf_table(self, name: str) -> int | None:
        """Return the number of a VRF's routing table, None if the interface is none."""
        from pyroute2 import IPRoute  # only here: a configuration without VRFs does not wait for it

        file = namespaces.file_of(self._namespace) if self._namespace else None
        with namespaces.within(file) if file else contextlib.nullcontext(), IPRoute() as kernel:
            for link in kernel.get_links():
                about = link.get("linkinfo")
                if link.get("ifname") == name and about and about.get("kind") == "vrf":
                    return int(about.get("data").get("vrf_table"))
        return None

    def _asked(self, request: int, name: str) -> int | None:
        """Return the first number of what the kernel says of an interface. Source: netdevice(7)."""
        import fcntl

        raw = os.fsencode(name)
        if not 0 < len(raw) < _IFNAMSIZ or b"\0" in raw:
            return None
        try:
            answer = fcntl.ioctl(self._socket, request, raw.ljust(_IFREQ_BYTES, b"\0"))
        except OSError:
            return None
        return int(struct.unpack_from("=H", answer, _IFNAMSIZ)[0])

    def user_exists(self, name: str) -> bool:
        """Return whether there is such a user."""
        import pwd

        try:
            pwd.getpwnam(name)
        except KeyError:
            return False
        return True

    def group_exists(self, name: str) -> bool:
        """Return whether there is such a group of users."""
        import grp

        try:
            grp.getgrnam(name)
        except KeyError:
            return False
        return True

    def resolves(self, name: str) -> bool:
        """Return whether a host's name leads to an address."""
        try:
            return bool(socket.getaddrinfo(name, None))
        except (OSError, UnicodeError):
            return False

    def script(self, command: str) -> ScriptState:
        """Return what a command's first word leads to, through PATH if it holds no slash."""
        path = command if "/" in command else _in_path(command)
        real = os.path.realpath(path) if path else ""
        if not real or not os.path.exists(real):
            return ScriptState(found=False, executable=False)
        executable = os.path.isfile(real) and os.access(real, os.X_OK)
        return ScriptState(True, executable, _writable_by_others(real))

    def routing_name(self, kind: str, name: str) -> int | None:
        """Return the number of a name in iproute2's tables."""
        return _routing_names(kind).get(name)


Answers = tuple[tuple[tuple[str, ...], object], ...]
"""Questions to a machine, each with what it answered."""
_UNASKED = ("seed",)
"""What never is the same again."""


class Questioned:
    """A machine that notes what it is asked and what it answers: `answers`, of a file's bytes a digest."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._answers: dict[tuple[str, ...], object] = {}

    @property
    def answers(self) -> Answers:
        """Return all questions in their order."""
        return tuple(self._answers.items())

    def __getattr__(self, name: str) -> Any:
        if name in _UNASKED:
            return getattr(self._machine, name)
        if not callable(getattr(Machine, name)):
            return self._answered(name)

        def ask(*words: str) -> Any:
            return self._answered(name, *words)

        setattr(self, name, ask)
        return ask

    def _answered(self, name: str, *words: str) -> Any:
        answer = _asked(self._machine, name, *words)
        self._answers[name, *words] = _short(answer)
        return answer


def _asked(machine: Machine, name: str, *words: str) -> Any:
    found = getattr(machine, name)
    return found(*words) if callable(found) else found


def _short(answer: object) -> object:
    """Return an answer, or of bytes their digest."""
    return digest(answer) if isinstance(answer, bytes) else answer


def still_answers(answers: Answers) -> bool:
    """Return whether this machine would answer the same now: what was read of it says the same then."""
    with contextlib.closing(Machine()) as machine:
        return all(_short_answer(machine, *question) == answer for question, answer in answers)


def _short_answer(machine: Machine, name: str, *words: str) -> object:
    """Return a short answer, of a file without holding it whole: a director that runs asks."""
    if name != "content":
        return _short(_asked(machine, name, *words))
    try:
        with open(words[0], "rb", buffering=0) as file:
            return digest_of_file(file)
    except OSError:
        return None


def _alternatives(pattern: str) -> list[str]:
    """Return a pattern's alternatives in braces, innermost first, as glob(3) expands them."""
    found = _BRACES.search(pattern)
    if found is None:
        return [pattern]
    head, tail = pattern[: found.start()], pattern[found.end() :]
    return list(itertools.chain.from_iterable(_alternatives(head + one + tail) for one in found.group(1).split(",")))


def _as_written(path: str, folder: str) -> str:
    shown = os.path.relpath(path, folder) if folder and path.startswith(folder) else path
    return shown + "/" if os.path.isdir(path) else shown


def _in_path(command: str) -> str:
    for folder in os.environ.get("PATH", "/usr/bin:/bin").split(":"):
        path = os.path.join(folder or ".", command)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return ""


def _writable_by_others(path: str) -> bool:
    """Return whether anybody but root can change a file, or replace it by changing a folder above it."""
    while True:
        found = os.lstat(path)
        sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
        shared = (found.st_gid and found.st_mode & stat.S_IWGRP) or found.st_mode & stat.S_IWOTH
        if found.st_uid or (shared and not sticky and not stat.S_ISLNK(found.st_mode)):
            return True
        if path == "/":
            return False
        path = os.path.dirname(path)


@cache
def _routing_names(kind: str) -> dict[str, int]:
    names = dict(ROUTING_NAMES.get(kind, {}))
    for folder in ("/usr/share/iproute2", "/etc/iproute2"):
        try:
            with open(os.path.join(folder, _ROUTING_FILES[kind]), encoding="utf-8", errors="replace") as file:
                lines = file.read().splitlines()
        except OSError:
            continue
        for line in lines:
            words = line.split("#")[0].split()
            if len(words) == 2:
                names[words[1]] = int(words[0], 0)
    return names


def read_keepalived(path: str, config_id: str = "", all_included: bool = False, namespace: str = "") -> Source:
    """Return what a keepalived.conf says on this machine, or in a network namespace of it."""
    with garbage.held_back(), contextlib.closing(Machine()) as machine:
        return read_source(path, machine, config_id, all_included, namespace)


class Loaded(msgspec.Struct, frozen=True):
    """A configuration for the director, with what is to be said of it; `namespace` is the network's, or empty.

    `ipvs_namespace` is the table's, if it is said: empty for the machine's first one. `vrrp` and `bfd` are its other
    halves, None where it says nothing of them, or they are not wanted. `answers` are what the machine was asked
    meanwhile.
    """

    configuration: director.Configuration
    reports: tuple[Report, ...] = ()
    namespace: str = ""
    ipvs_namespace: str | None = None
    vrrp: keepalived.VrrpHalf | None = None
    bfd: keepalived.BfdHalf | None = None
    process: keepalived.ProcessWide = keepalived.ProcessWide()
    checkers_running: director.Running = director.Running()
    answers: Answers = ()


ALL = frozenset(Process)


def load_keepalived(path: str, config_id: str = "", wanted: frozenset[Process] = ALL, namespace: str = "") -> Loaded:
    """Return what a keepalived.conf tells the director.

    A network `namespace` counts before the one that it names.

    Raises: ConfigError if one of the `wanted` processes would not start with it.
    """
    with garbage.held_back(), contextlib.closing(Machine()) as machine:
        questioned = Questioned(machine)
        source = read_source(path, cast(Surroundings, questioned), config_id, namespace=namespace)
        reports = tuple(f.report for f in source.distinct if f.report.severity is not Severity.INFO)
        if source.stopped & {Process.PARENT, *wanted}:
            raise ConfigError(reports or (missing(path),))
        has_vrrp = Process.VRRP in wanted and source.has_vrrp
        has_bfd = Process.BFD in wanted and source.has_bfd
        return Loaded(
            keepalived.configuration_of(source),
            reports + keepalived.unsupported(source) if has_vrrp else reports,
            str(source.values.get("net_namespace", "")),
            source.values.get("net_namespace_ipvs"),
            keepalived.vrrp_of(source) if has_vrrp else None,
            keepalived.bfd_of(source) if has_bfd else None,
            keepalived.process_wide_of(source),
            keepalived.checkers_running_of(source),
            questioned.answers,
        )
