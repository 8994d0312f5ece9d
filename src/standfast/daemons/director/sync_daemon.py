"""Turns the kernel's daemon for connection synchronisation with a virtual router: the Active one tells, others hear."""

from __future__ import annotations

import logging
from collections.abc import Callable

from msgspec.structs import replace

from standfast import director
from standfast.daemons.logs import NOTICE
from standfast.director import vrrp
from standfast.errors import LiveError, RequestError

LOG = logging.getLogger("standfast.director")


class SyncFollower:
    """The kernel's daemons as one configuration wants them. Without a router to follow both roles run.

    Source: keepalived 2.2.7, ipvs_syncd_master and ipvs_syncd_backup: one role ends before the other begins.
    """

    def __init__(self, open_dataplane: Callable[[], director.Dataplane]) -> None:
        self._open_dataplane = open_dataplane
        self._daemon: director.SyncDaemon | None = None
        self._follows = ""
        self._state = vrrp.State.INITIALIZE
        self._running: frozenset[director.SyncRole] = frozenset()

    def configure(self, daemon: director.SyncDaemon | None, follows: str) -> None:
        """Have this daemon from now on."""
        if (daemon, follows) == (self._daemon, self._follows):
            return
        if self._daemon is not None or daemon is not None:
            self._turn(frozenset())  # also what a predecessor left: its interface may be another
        if follows != self._follows:
            self._state = vrrp.State.INITIALIZE
        self._daemon, self._follows = daemon, follows
        self._turn(self._wanted())

    def state_changed(self, notify: vrrp.events.Notify) -> None:
        """Take a router's state."""
        if not notify.of_group and notify.name == self._follows:
            self._state = notify.state
            self._turn(self._wanted())

    def stop(self) -> None:
        """End the daemons."""
        if self._daemon is not None:
            self._turn(frozenset())
            self._daemon = None

    def _wanted(self) -> frozenset[director.SyncRole]:
        if self._daemon is None:
            return frozenset()
        if not self._follows:
            return frozenset(director.SyncRole)
        active = self._state is vrrp.State.ACTIVE
        return frozenset({director.SyncRole.MASTER if active else director.SyncRole.BACKUP})

    def _turn(self, wanted: frozenset[director.SyncRole]) -> None:
        """Stop the roles that are not wanted, start those that are."""
        if self._daemon is not None and wanted == self._running:
            return
        try:
            dataplane = self._open_dataplane()
            there = {daemon.role: daemon for daemon in dataplane.sync_daemons()}
            for role in sorted(there.keys() - wanted):
                dataplane.stop_sync_daemon(role, there[role].sync_id)
            for role in sorted(wanted - there.keys()):
                assert self._daemon is not None, "only a configured daemon is started"
                dataplane.start_sync_daemon(replace(self._daemon, role=role))
                LOG.log(NOTICE, "connections are synchronised as %s on %s", role.name, self._daemon.interface)
            self._running = wanted
        except (RequestError, LiveError, OSError) as error:
            LOG.error("lvs_sync_daemon: %s", error)
