"""What of the machine a configuration's meaning depends on, as a protocol: files, interfaces, users, names."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Matches(msgspec.Struct, frozen=True):
    """What an `include` matched, in the order of glob(7); `missing`: a plain name, or a folder, is not there."""

    paths: tuple[str, ...] = ()
    missing: bool = False
    wildcard: bool = False


class FileState(msgspec.Struct, frozen=True):
    """What stands at a path; nothing does if `exists` is false."""

    exists: bool = False
    regular: bool = False
    folder: bool = False
    executable: bool = False
    readable: bool = True


class ScriptState(msgspec.Struct, frozen=True):
    """What a command's first word leads to. `insecure`: somebody other than root can change what would run."""

    found: bool = True
    executable: bool = True
    insecure: bool = False


class Surroundings(Protocol):
    """The machine that a configuration is read on. Paths are absolute or relative to `folder`."""

    @property
    def host(self) -> str:
        """Return the host's name, whole."""

    @property
    def processors(self) -> int:
        """Return how many processors are online."""

    @property
    def has_ipvs(self) -> bool:
        """Return whether the kernel has IPVS loaded."""

    @property
    def seed(self) -> int:
        """Return a number that differs from one reading to the next, for $_RANDOM."""

    def matches(self, pattern: str, folder: str) -> Matches:
        """Return what a pattern (`*`, `?`, `[…]`, `{a,b}`) matches, relative to the folder if the pattern is."""

    def state(self, path: str, folder: str = "") -> FileState:
        """Return what stands at a path."""

    def content(self, path: str) -> bytes | None:
        """Return a file's bytes, or None if it cannot be read."""

    def enter(self, namespace: str) -> bool:
        """Look for interfaces in this network namespace from now on; return whether there is one."""

    def has_interface(self, name: str) -> bool:
        """Return whether there is a network interface of this name."""

    def is_loopback(self, name: str) -> bool:
        """Return whether the network interface of this name is a loopback."""

    def driver(self, name: str) -> str:
        """Return what drives the network interface of this name (`macvlan`, `ipvlan`, `veth`), if that is known."""

    def vrf_table(self, name: str) -> int | None:
        """Return the number of the routing table of the VRF of this name, None if the interface is none."""

    def user_exists(self, name: str) -> bool:
        """Return whether there is such a user."""

    def group_exists(self, name: str) -> bool:
        """Return whether there is such a group of users."""

    def resolves(self, name: str) -> bool:
        """Return whether a host's name leads to an address."""

    def script(self, command: str) -> ScriptState:
        """Return what a command's first word leads to, through PATH if it is no path."""

    def routing_name(self, kind: str, name: str) -> int | None:
        """Return the number of a name in iproute2's tables (`scope`, `table`, `proto`, `realm`, `dsfield`)."""


_SCOPES = {"global": 0, "site": 200, "link": 253, "host": 254, "nowhere": 255}
_TABLES = {"default": 253, "main": 254, "local": 255, "unspec": 0}
_PROTOCOLS = {"unspec": 0, "redirect": 1, "kernel": 2, "boot": 3, "static": 4, "ra": 9, "keepalived": 18}
ROUTING_NAMES = {"scope": _SCOPES, "table": _TABLES, "proto": _PROTOCOLS}


class Imagined(msgspec.Struct, frozen=True):
    """Surroundings made up: these files, interfaces and users; every script is there and secure."""

    files: dict[str, str] = msgspec.field(default_factory=dict)
    interfaces: frozenset[str] = frozenset({"lo", "eth0", "eth1"})
    drivers: dict[str, str] = msgspec.field(default_factory=dict)
    vrfs: dict[str, int] = msgspec.field(default_factory=dict)
    users: frozenset[str] = frozenset({"root"})
    absent: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()
    host: str = "host.example"
    processors: int = 2
    has_ipvs: bool = True
    seed: int = 0

    def matches(self, pattern: str, folder: str) -> Matches:
        """Return the file of exactly this name."""
        path = _joined(folder, pattern)
        return Matches((pattern,)) if path in self.files else Matches(missing=True)

    def state(self, path: str, folder: str = "") -> FileState:
        """Return a regular file where there is one."""
        there = _joined(folder, path) in self.files
        return FileState(exists=there, regular=there)

    def content(self, path: str) -> bytes | None:
        """Return a file's text as bytes."""
        text = self.files.get(path)
        return None if text is None else text.encode(errors="surrogateescape")

    def enter(self, namespace: str) -> bool:
        """Return whether it is one of the namespaces; all have the same interfaces."""
        return namespace in self.namespaces

    def has_interface(self, name: str) -> bool:
        """Return whether it is one of the interfaces."""
        return name in self.interfaces

    def is_loopback(self, name: str) -> bool:
        """Return whether it is `lo`."""
        return name == "lo"

    def driver(self, name: str) -> str:
        """Return the driver that is said of it."""
        return self.drivers.get(name, "")

    def vrf_table(self, name: str) -> int | None:
        """Return the table that is said of it."""
        return self.vrfs.get(name)

    def user_exists(self, name: str) -> bool:
        """Return whether it is one of the users."""
        return name in self.users

    def group_exists(self, name: str) -> bool:
        """Return whether it is one of the users: each has a group."""
        return name in self.users

    def resolves(self, name: str) -> bool:
        """Return whether a name does not end in `.invalid`."""
        return not name.endswith(".invalid")

    def script(self, command: str) -> ScriptState:
        """Return that every command but the absent ones is there."""
        return ScriptState(found=command not in self.absent)

    def routing_name(self, kind: str, name: str) -> int | None:
        """Return the number of the names that every machine has."""
        return ROUTING_NAMES.get(kind, {}).get(name)


def _joined(folder: str, path: str) -> str:
    return path if path.startswith("/") or not folder else f"{folder}/{path}"
