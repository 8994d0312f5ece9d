"""What a bundle consists of, beyond what it is configured with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from standfast.scheduler.working import Node, Resource


class Replica(msgspec.Struct, eq=False):
    """One replica: the container, its address, the connection into it, and what runs in it."""

    number: int
    container: Resource
    ip_address: str = ""
    ip: Resource | None = None
    remote: Resource | None = None
    child: Resource | None = None
    node: Node | None = None

    def primitives(self) -> list[Resource]:
        """Return the replica's resources in the order in which they are asked whether they are active."""
        return [part for part in (self.ip, self.child, self.container, self.remote) if part is not None]


class BundleParts(msgspec.Struct, eq=False):
    """A bundle's replicas, and the clone of what runs in them (`child`)."""

    image: str = ""
    child: Resource | None = None
    replicas: list[Replica] = msgspec.field(default_factory=list)
    replicas_per_host: int = 1
