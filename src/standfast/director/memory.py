"""The data plane in memory: the table, the kernel's refusals, and connections by the kernel's rules. No packets."""

from __future__ import annotations

import errno
from collections.abc import Collection, Sequence
from ipaddress import IPv4Address

from msgspec.structs import replace

from standfast.director import dataplane as seam
from standfast.director import lvs
from standfast.director.dataplane import Refusal, RefusedError
from standfast.director.lvs import schedulers
from standfast.director.lvs.schedulers import hashing
from standfast.director.memory_connections import (
    TIME_WAIT_S,
    HeldConnection,
    HeldServer,
    HeldService,
    client_network,
    counted,
)

_BUCKETS = 256
_SYNC_GROUP, _SYNC_PORT, _SYNC_TTL, _SYNC_LENGTH = IPv4Address("224.0.0.81"), 8848, 1, 1472
_TIMEOUTS = seam.Timeouts(*seam.TIMEOUTS_DEFAULT_S)


class MemoryDataplane:
    """A data plane that forwards nothing, but decides as the kernel does.

    `seed` (0 to 255) stands for the kernel's pointer that its order of services depends on. `settings` are those
    under `net.ipv4.vs`. Time goes by in `pass_time` only.
    """

    def __init__(self, seed: int = 0, interfaces: Collection[str] = ("eth0",)) -> None:
        self._seed = seed
        self._interfaces = interfaces
        self._services: dict[lvs.ServiceKey, HeldService] = {}
        self._trash: dict[tuple[lvs.ServiceKey, lvs.ServerKey], HeldServer] = {}
        self._connections: list[HeldConnection] = []
        self._daemons: dict[seam.SyncRole, seam.SyncDaemon] = {}
        self._timeouts = _TIMEOUTS
        self._now_s = 0
        self.settings = {"expire_quiescent_template": 0, "expire_nodest_conn": 0}

    # -- the seam

    def info(self) -> seam.Info:
        """Return the version that the model is of."""
        return seam.Info((1, 2, 1), 4096)

    def services(self) -> list[seam.ServiceStatus]:
        """Return all virtual services in the kernel's order: by bucket, newest first, marks last."""
        held = (self._services[key] for key in self.service_keys())
        return [seam.ServiceStatus(each.service, each.counters) for each in held]

    def service_keys(self) -> list[lvs.ServiceKey]:
        """Return what names them, in the same order."""
        newest_first = list(reversed(self._services))
        newest_first.sort(key=self._bucket)
        return newest_first

    def service(self, key: lvs.ServiceKey) -> seam.ServiceStatus:
        """Return one virtual service."""
        held = self._held(key)
        return seam.ServiceStatus(held.service, held.counters)

    def servers(self, key: lvs.ServiceKey) -> list[seam.ServerStatus]:
        """Return its real servers, newest first."""
        return [held.status for held in reversed(self._held(key).servers.values())]

    def apply(self, changes: Sequence[lvs.Change]) -> list[Refusal]:
        """Make the changes one by one."""
        refusals = []
        for change in changes:
            try:
                self._apply(change)
            except RefusedError as refused:
                refusals.append(Refusal(change, refused.number))
        return refusals

    def flush(self) -> None:
        """Delete every virtual service."""
        for key in list(self._services):
            self._delete_service(key)

    def zero(self, key: lvs.ServiceKey | None = None) -> None:
        """Set counters to nothing."""
        for held in self._services.values() if key is None else (self._held(key),):
            held.counters = seam.Counters()
            for server in held.servers.values():
                server.counters = seam.Counters()

    def timeouts(self) -> seam.Timeouts:
        """Return the time-outs."""
        return self._timeouts

    def set_timeouts(self, timeouts: seam.Timeouts) -> None:
        """Change those that are not 0."""
        old = self._timeouts
        self._timeouts = seam.Timeouts(
            timeouts.tcp_s or old.tcp_s, timeouts.tcp_fin_s or old.tcp_fin_s, timeouts.udp_s or old.udp_s
        )

    def sync_daemons(self) -> list[seam.SyncDaemon]:
        """Return the daemons that run."""
        return [self._daemons[role] for role in sorted(self._daemons)]

    def start_sync_daemon(self, daemon: seam.SyncDaemon) -> None:
        """Note a daemon; services with real servers of another family forbid it."""
        if any(s.server.family is not held.service.key.family
               for held in self._services.values() for s in held.servers.values()):  # fmt: skip
            raise refused(errno.EINVAL)
        if daemon.role in self._daemons:
            raise refused(errno.EEXIST)
        if daemon.interface not in self._interfaces:
            raise refused(errno.ENODEV)
        self._daemons[daemon.role] = replace(
            daemon,
            sync_id=max(0, daemon.sync_id),
            length_max=daemon.length_max or _SYNC_LENGTH,
            group=daemon.group or _SYNC_GROUP,
            port=daemon.port or _SYNC_PORT,
            ttl=daemon.ttl or _SYNC_TTL,
        )

    def stop_sync_daemon(self, role: seam.SyncRole, sync_id: int = -1) -> None:
        """Forget a daemon."""
        if self._daemons.pop(role, None) is None:
            raise refused(errno.ESRCH)

    def connections(self) -> list[seam.Connection]:
        """Return connections and templates, with the seconds that are left to them."""
        return [replace(c.connection, expires_s=c.connection.expires_s - self._now_s) for c in self._connections]

    def close(self) -> None:
        """Do nothing: the table stays."""

    # -- connections of the model

    def connect(
        self, transport: lvs.Transport, client: lvs.ServerKey, virtual: lvs.ServerKey, mark: int = 0
    ) -> lvs.ServerKey | None:
        """Return the real server of a new connection, which is active from now on (UDP: inactive); None refuses it."""
        held = self._addressed(transport, virtual, mark)
        if held is None:
            return None
        server = self._scheduled(held, transport, client, virtual)
        if server is None:
            return None
        held.counters, server.counters = counted(held.counters), counted(server.counters)
        target = lvs.ServerKey(server.server.key.address, server.server.key.port or virtual.port)
        if lvs.ServiceFlag.ONE_PACKET in held.service.flags and transport is lvs.Transport.UDP:
            return target
        udp = transport is lvs.Transport.UDP
        lifetime_s = self._timeouts.udp_s if udp else self._timeouts.tcp_s
        state = "UDP" if udp else "ESTABLISHED"
        connection = seam.Connection(transport.name, client, virtual, target, state, self._now_s + lifetime_s)
        self._keep(HeldConnection(connection, held.service.key, server), active=not udp)
        return target

    def disconnect(self, transport: lvs.Transport, client: lvs.ServerKey, virtual: lvs.ServerKey) -> bool:
        """Let a TCP or SCTP connection end: it is inactive until its time-out; return whether it was there."""
        for one in self._connections:
            c = one.connection
            if one.active and (c.transport, c.client, c.virtual) == (transport.name, client, virtual):
                one.move("TIME_WAIT", active=False, expires_s=self._now_s + TIME_WAIT_S)
                return True
        return False

    def pass_time(self, seconds: int) -> None:
        """Let time go by; what runs out goes, but a template waits for its client's connections."""
        self._now_s += seconds
        self._connections = [one for one in self._connections if not self._expired(one)]
        self._trash = {key: held for key, held in self._trash.items() if held.status.connections}

    # -- inside

    def _expired(self, one: HeldConnection) -> bool:
        if one.connection.expires_s > self._now_s:
            return False
        one.unbind()
        return True

    def _keep(self, one: HeldConnection, active: bool) -> None:
        one.bind(active)
        self._connections.append(one)

    def _addressed(self, transport: lvs.Transport, virtual: lvs.ServerKey, mark: int) -> HeldService | None:
        """Return the service of a packet: by mark, by address and port, by address alone. Source: ip_vs_service_find"""
        keys: tuple[lvs.ServiceKey, ...] = (
            lvs.FirewallMark(mark, lvs.family_of(virtual.address)),
            lvs.ServiceAddress(transport, virtual.address, virtual.port),
            lvs.ServiceAddress(transport, virtual.address, 0),
        )
        return next((self._services[key] for key in keys if key in self._services), None)

    def _scheduled(
        self, held: HeldService, transport: lvs.Transport, client: lvs.ServerKey, virtual: lvs.ServerKey
    ) -> HeldServer | None:
        if held.service.persistent:
            return self._sticky(held, transport, client, virtual)
        return self._chosen(held, client, virtual)

    def _chosen(self, held: HeldService, client: lvs.ServerKey, virtual: lvs.ServerKey) -> HeldServer | None:
        flow = schedulers.Flow(client.address, client.port, virtual.address, self._now_s)
        chosen, held.scheduler = held.scheduler.choose(held.candidates, flow)
        return held.servers[chosen.key] if chosen else None

    def _sticky(
        self, held: HeldService, transport: lvs.Transport, client: lvs.ServerKey, virtual: lvs.ServerKey
    ) -> HeldServer | None:
        key = held.service.key
        by_address = isinstance(key, lvs.ServiceAddress)
        source = lvs.ServerKey(client_network(held.service, client.address), 0)
        to = lvs.ServerKey(virtual.address, key.port if isinstance(key, lvs.ServiceAddress) else 0)
        expires_s = self._now_s + held.service.persistence_timeout_s
        for one in self._connections:
            if one.template and one.service == key and one.connection.client == source:
                if not self._usable(held, one):
                    break
                one.connection = replace(one.connection, expires_s=expires_s)
                return one.held
        server = self._chosen(held, client, virtual)
        if server is not None:
            name = transport.name if by_address else "IP"
            template = seam.Connection(name, source, to, server.server.key, "ASSURED", expires_s)
            self._forget_template(key, source)
            self._keep(HeldConnection(template, key, server, template=True), active=False)
        return server

    def _usable(self, held: HeldService, template: HeldConnection) -> bool:
        there = held.servers.get(template.held.server.key) is template.held
        return there and not (template.held.server.weight == 0 and self.settings["expire_quiescent_template"])

    def _forget_template(self, key: lvs.ServiceKey, source: lvs.ServerKey) -> None:
        for one in self._connections:
            if one.template and one.service == key and one.connection.client == source:
                one.unbind()
                self._connections.remove(one)
                return

    def _held(self, key: lvs.ServiceKey) -> HeldService:
        if key not in self._services:
            raise refused(errno.ESRCH)
        return self._services[key]

    def _bucket(self, key: lvs.ServiceKey) -> int:
        """Return where the kernel's hash tables have it. Source: ip_vs_ctl.c, ip_vs_svc_hashkey."""
        if isinstance(key, lvs.FirewallMark):
            return _BUCKETS + (key.mark ^ self._seed) % _BUCKETS
        folded = hashing.folded(key.address)
        return (key.transport ^ folded ^ key.port >> 8 ^ key.port ^ self._seed) % _BUCKETS

    def _apply(self, change: lvs.Change) -> None:
        if isinstance(change, lvs.AddService):
            self._add_service(change.service)
        elif isinstance(change, lvs.EditService):
            self._edit_service(change.service)
        elif isinstance(change, lvs.DeleteService):
            self._held(change.key)
            self._delete_service(change.key)
        else:
            held = self._held(change.service)
            before = held.candidates
            self._change_server(held, change)
            held.scheduler = held.scheduler.changed(before, held.candidates)

    def _add_service(self, service: lvs.VirtualService) -> None:
        if service.key in self._services:
            raise refused(errno.EEXIST)
        self._services[service.key] = HeldService(service, scheduler_for(service))

    def _edit_service(self, service: lvs.VirtualService) -> None:
        held = self._held(service.key)
        fresh = scheduler_for(service)
        same = (held.service.scheduler, held.service.flags) == (service.scheduler, service.flags)
        held.scheduler = held.scheduler if same else fresh.changed([], held.candidates)
        held.service = service

    def _delete_service(self, key: lvs.ServiceKey) -> None:
        for name, server in self._services.pop(key).servers.items():
            self._trash[key, name] = server

    def _change_server(self, held: HeldService, change: lvs.AddServer | lvs.EditServer | lvs.DeleteServer) -> None:
        key = held.service.key
        if isinstance(change, lvs.DeleteServer):
            if change.server not in held.servers:
                raise refused(errno.ENOENT)
            self._trash[key, change.server] = held.servers.pop(change.server)
            return
        server = change.server
        self._check(key, server)
        if isinstance(change, lvs.EditServer):
            if server.key not in held.servers:
                raise refused(errno.ENOENT)
            held.servers[server.key].edit(server)
            return
        if server.key in held.servers:
            raise refused(errno.EEXIST)
        again = self._trash.pop((key, server.key), None) or HeldServer.of(server)
        again.edit(server)
        again.last_weight = server.weight
        held.servers[server.key] = again

    def _check(self, key: lvs.ServiceKey, server: lvs.RealServer) -> None:
        """Refuse what the kernel refuses. Source: ip_vs_genl_set_cmd, ip_vs_add_dest, __ip_vs_update_dest."""
        mixed = server.family is not key.family
        if mixed and (self._daemons or server.forwarding is not lvs.Forwarding.TUNNEL):
            raise refused(errno.EINVAL)
        address = server.key.address
        if server.lower_threshold > server.upper_threshold:
            raise refused(errno.ERANGE)
        if address.is_multicast or address.is_unspecified:
            raise refused(errno.EINVAL)


def scheduler_for(service: lvs.VirtualService) -> schedulers.LvsScheduler:
    """Return a fresh LVS scheduler. Raises: RefusedError (ENOENT) for an unknown one or persistence engine."""
    if service.scheduler not in schedulers.NAMES or service.engine not in ("", "sip"):
        raise refused(errno.ENOENT)
    return schedulers.scheduler_of(service.scheduler, service.flags)


def refused(number: int) -> RefusedError:
    """Return the refusal with this errno."""
    return RefusedError(number, errno.errorcode.get(number, str(number)))
