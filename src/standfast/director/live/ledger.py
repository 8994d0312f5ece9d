"""What we set in the table, on disk: after a kill the next start knows what is ours.

It stands where a reboot clears it, as a reboot clears the table; what is written survives the process, so nothing is
forced to the disk. It counts for one network namespace only.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

import msgspec

from standfast.director.lvs import Family, FirewallMark, ServiceAddress, ServiceKey, Transport
from standfast.errors import LiveError

_FORMAT = 1


class Ledger:
    """The ledger of one director, in a file."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path

    def read(self) -> frozenset[ServiceKey]:
        """Return what a predecessor noted in this namespace; nothing if there is no ledger or it is broken."""
        try:
            with open(self.path, "rb") as file:
                document = msgspec.json.decode(file.read())
            if document["format"] != _FORMAT or document["namespace"] != namespace():
                return frozenset()
            return frozenset(_key(row) for row in document["services"])
        except (OSError, ValueError, KeyError, TypeError):
            return frozenset()

    def write(self, services: Iterable[ServiceKey]) -> None:
        """Note this instead, whole or not at all. Raises: LiveError."""
        new = f"{self.path}.new"
        try:
            os.makedirs(os.path.dirname(self.path) or ".", exist_ok=True)
            with open(new, "wb") as file:
                file.write(b'{"format":%d,"namespace":%d,"services":[' % (_FORMAT, namespace()))
                for place, key in enumerate(services):  # there may be many: no document is made of them
                    file.write((b"," if place else b"") + msgspec.json.encode(_row(key)))
                file.write(b"]}")
            os.replace(new, self.path)
        except OSError as error:
            raise LiveError(f"{self.path}: {error.strerror}") from error

    def forget(self) -> None:
        """Remove it: nothing is ours any more."""
        with contextlib.suppress(OSError):
            os.unlink(self.path)


def namespace() -> int:
    """Return what tells this network namespace from others, 0 if that is not known."""
    try:
        return os.stat("/proc/self/ns/net").st_ino
    except OSError:
        return 0


def _row(key: ServiceKey) -> list[Any]:
    if isinstance(key, FirewallMark):
        return ["mark", key.mark, int(key.family)]
    return [key.transport.name, str(key.address), key.port]


def _key(row: list[Any]) -> ServiceKey:
    if row[0] == "mark":
        return FirewallMark(int(row[1]), Family(row[2]))
    return ServiceAddress(Transport[row[0]], ip_address(row[1]), int(row[2]))
