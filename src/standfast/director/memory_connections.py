"""The model's connections: templates of persistent clients, thresholds, counts that go from active to inactive."""

from __future__ import annotations

from ipaddress import ip_network

import msgspec
from msgspec.structs import replace

from standfast.director import dataplane as seam
from standfast.director import lvs
from standfast.director.lvs import schedulers

TIME_WAIT_S = 120
"""How long a closed TCP connection stays in the table. Source: ip_vs_proto_tcp.c."""


class HeldServer(msgspec.Struct):
    """A real server of the model with what the kernel keeps beside it."""

    server: lvs.RealServer
    last_weight: int
    active: int = 0
    inactive: int = 0
    persistent: int = 0
    overloaded: bool = False
    counters: seam.Counters = seam.Counters()

    @classmethod
    def of(cls, server: lvs.RealServer) -> HeldServer:
        """Return a real server without connections."""
        return cls(server, server.weight)

    def edit(self, server: lvs.RealServer) -> None:
        """Take over new settings; a raised or removed threshold ends the overload. Source: __ip_vs_update_dest."""
        if server.upper_threshold == 0 or server.upper_threshold > self.server.upper_threshold:
            self.overloaded = False
        self.server, self.last_weight = server, server.weight or self.last_weight

    def mark_overload(self) -> None:
        """Judge the thresholds after its connections changed. Source: ip_vs_bind_dest, ip_vs_unbind_dest."""
        total, upper, lower = self.active + self.inactive, self.server.upper_threshold, self.server.lower_threshold
        if upper and total >= upper:
            self.overloaded = True
        elif lower:
            self.overloaded = self.overloaded and total >= lower
        elif upper:
            self.overloaded = self.overloaded and total * 4 >= upper * 3
        else:
            self.overloaded = False

    @property
    def candidate(self) -> schedulers.Candidate:
        """Return it as an LVS scheduler sees it."""
        return schedulers.Candidate(
            self.server.key, self.server.weight, self.last_weight, self.active, self.inactive, self.overloaded
        )

    @property
    def status(self) -> seam.ServerStatus:
        """Return it as the data plane tells it."""
        return seam.ServerStatus(self.server, self.active, self.inactive, self.persistent, self.counters)


class HeldService(msgspec.Struct):
    """A virtual service of the model; `servers` are in the order of adding."""

    service: lvs.VirtualService
    scheduler: schedulers.LvsScheduler
    servers: dict[lvs.ServerKey, HeldServer] = msgspec.field(default_factory=dict)
    counters: seam.Counters = seam.Counters()

    @property
    def candidates(self) -> list[schedulers.Candidate]:
        """Return the real servers as its LVS scheduler sees them, newest first."""
        return [held.candidate for held in reversed(self.servers.values())]


class HeldConnection(msgspec.Struct):
    """A connection or a template of the model; `held` is its real server, also after that was deleted."""

    connection: seam.Connection
    service: lvs.ServiceKey
    held: HeldServer
    template: bool = False
    active: bool = False

    def bind(self, active: bool) -> None:
        """Count it at its real server."""
        self.active = active
        if self.template:
            self.held.persistent += 1
        elif active:
            self.held.active += 1
        else:
            self.held.inactive += 1
        self.held.mark_overload()

    def unbind(self) -> None:
        """Count it no more."""
        if self.template:
            self.held.persistent -= 1
        elif self.active:
            self.held.active -= 1
        else:
            self.held.inactive -= 1
        self.held.mark_overload()

    def move(self, state: str, active: bool, expires_s: int) -> None:
        """Go to another state."""
        self.unbind()
        self.connection = replace(self.connection, state=state, expires_s=expires_s)
        self.bind(active)


def client_network(service: lvs.VirtualService, client: lvs.Address) -> lvs.Address:
    """Return the client's address as a template has it: without what the netmask leaves out."""
    if client.version == 6:
        return ip_network((client, service.effective_netmask), strict=False).network_address
    return type(client)(int(client) & service.effective_netmask)


def counted(counters: seam.Counters) -> seam.Counters:
    """Return the counters after one more connection."""
    return replace(counters, connections=counters.connections + 1)
