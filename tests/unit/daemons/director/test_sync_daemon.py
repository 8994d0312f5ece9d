"""The kernel's sync daemon follows a virtual router."""

from __future__ import annotations

from standfast import director
from standfast.daemons.director.sync_daemon import SyncFollower
from standfast.director import vrrp
from standfast.director.memory import MemoryDataplane
from standfast.director.vrrp.events import Notify

DAEMON = director.SyncDaemon(director.SyncRole.BACKUP, "eth0", 51)


def follower(follows: str = "VI_1") -> tuple[SyncFollower, MemoryDataplane]:
    """Return a follower of a router, and the table that it works on."""
    table = MemoryDataplane()
    made = SyncFollower(lambda: table)
    made.configure(DAEMON, follows)
    return made, table


def roles(table: MemoryDataplane) -> list[str]:
    return [daemon.role.name for daemon in table.sync_daemons()]


def test_it_follows_the_router() -> None:
    """If this failed, a takeover would lose the connections that the other director had told."""
    made, table = follower()
    assert roles(table) == ["BACKUP"]
    made.state_changed(Notify("VI_1", vrrp.State.ACTIVE, 150))
    assert roles(table) == ["MASTER"]
    assert table.sync_daemons()[0].sync_id == 51
    made.state_changed(Notify("VI_2", vrrp.State.BACKUP, 150))
    made.state_changed(Notify("VI_1", vrrp.State.BACKUP, 0, of_group=True))
    assert roles(table) == ["MASTER"]
    made.state_changed(Notify("VI_1", vrrp.State.FAULT, 150))
    assert roles(table) == ["BACKUP"]
    made.stop()
    assert roles(table) == []


def test_without_a_router_both_roles_run() -> None:
    """If this failed, two directors that share the load would not tell each other."""
    _, table = follower("")
    assert roles(table) == ["MASTER", "BACKUP"]


def test_what_a_predecessor_left_is_replaced() -> None:
    """If this failed, the kernel would go on telling under a number that is not meant any more."""
    table = MemoryDataplane()
    table.start_sync_daemon(director.SyncDaemon(director.SyncRole.MASTER, "eth0", 7))
    SyncFollower(lambda: table).configure(DAEMON, "VI_1")
    assert [(daemon.role.name, daemon.sync_id) for daemon in table.sync_daemons()] == [("BACKUP", 51)]


def test_nobody_is_asked_without_a_daemon() -> None:
    """If this failed, VRRP alone would want IPVS in the kernel."""

    def refuse() -> director.Dataplane:
        raise AssertionError("the table was opened")

    made = SyncFollower(refuse)
    made.configure(None, "")
    made.state_changed(Notify("VI_1", vrrp.State.ACTIVE, 150))
    made.stop()
    assert made._running == frozenset()
