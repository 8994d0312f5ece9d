"""What a director is told to do: virtual services with their checks, quorum, scripts and sorry servers."""

from __future__ import annotations

import enum

import msgspec

from standfast.director import lvs
from standfast.director.checks import Check, Script
from standfast.director.dataplane import SyncDaemon, Timeouts


class Terms(msgspec.Struct, frozen=True, gc=False):
    """How real servers are checked, and what follows: each is up while all checks succeed, and without any always."""

    checks: tuple[Check, ...] = ()
    on_failure: lvs.OnFailure = lvs.OnFailure.DELETE
    notify_up: Script | None = None
    notify_down: Script | None = None
    smtp_alert: bool = False
    snmp_name: str = ""


class CheckedServer(msgspec.Struct, frozen=True, gc=False):
    """A real server with its terms, which thousands may share.

    Port 0 of its key is the port of each virtual service that it belongs to (0 with a firewall mark).
    """

    server: lvs.RealServer
    terms: Terms = Terms()


class CheckedService(msgspec.Struct, frozen=True, gc=False):
    """One virtual service, or a group of them that share real servers, checks and service quorum.

    `name` is what logs and FIFO lines call it: `[192.0.2.1]:tcp:80`, `FWM 7`, or the group's name. `services` is not
    empty. `omega`: the down scripts also run when the director stops. `ha_suspend`: nothing is checked while no
    address of it is this machine's. Port 0 of the sorry server is the service's.
    """

    name: str
    services: tuple[lvs.VirtualService, ...]
    servers: tuple[CheckedServer, ...] = ()
    quorum: int = 1
    hysteresis: int = 0
    quorum_up: Script | None = None
    quorum_down: Script | None = None
    sorry: lvs.RealServer | None = None
    sorry_inhibit: bool = False
    omega: bool = False
    ha_suspend: bool = False
    smtp_alert: bool = False
    snmp_name: str = ""


class FlushOnStop(enum.StrEnum):
    """What a stop does to the table: remove what is ours one by one (keepalived's default), all of ours at once
    (`lvs_flush_on_stop VS`), or the whole table whoever set it (`lvs_flush_on_stop`)."""

    NO = "no"
    OURS = "VS"
    ALL = "all"


class Fifo(msgspec.Struct, frozen=True):
    """A named pipe that gets a line for each change, and the script that is started with its path."""

    path: str
    user: str = ""
    group: str = ""
    script: Script | None = None


class Mail(msgspec.Struct, frozen=True):
    """Where mails about changes go (`smtp_alert`)."""

    server: str = "127.0.0.1"
    port: int = 25
    helo_name: str = ""
    timeout_ms: int = 30_000
    sender: str = ""
    recipients: tuple[str, ...] = ()
    router_id: str = ""


class Configuration(msgspec.Struct, frozen=True):
    """All that a director is told.

    `merge_checks` (ours): equal checks of one address and port are one probe. `read_back` (ours): at the start a real
    server is up if it stands in the table; else that holds only for a table that our predecessor left.
    `notify_timeout_ms`: how long a notify script without a time-out of its own may run.
    `rs_init_notifies`: real servers that are up at the start are notified too.
    """

    services: tuple[CheckedService, ...] = ()
    timeouts: Timeouts | None = None
    sync_daemon: SyncDaemon | None = None
    sync_follows: str = ""
    """The virtual router whose state says which role the sync daemon has; without one it has both."""
    flush_at_start: bool = False
    flush_on_stop: FlushOnStop = FlushOnStop.NO
    fifos: tuple[Fifo, ...] = ()
    startup_script: Script | None = None
    shutdown_script: Script | None = None
    rs_init_notifies: bool = False
    log_all_failures: bool = False
    merge_checks: bool = False
    read_back: bool = False
    notify_timeout_ms: int = 60_000
    mail: Mail = Mail()
