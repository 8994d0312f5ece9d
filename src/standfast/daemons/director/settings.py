"""What a director's process is told, by our command line or by keepalived's options."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from standfast.dialects.keepalived import ProcessWide
    from standfast.director import bfd
    from standfast.director.vrrp.orders import Running

KEEPALIVED_CONF = "/etc/keepalived/keepalived.conf"
JSON_SIGNAL = signal.SIGRTMIN + 2
HEEDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, JSON_SIGNAL)
"""The signals that a director acts on."""


class Settings(msgspec.Struct, frozen=True):
    """How the process runs, and under which `name` it logs. `pid_files`: the first says whether one runs already.

    `checkers`, `vrrp`, `bfd`: which parts of the configuration count. `respawns`: a VRRP or BFD process that dies is
    started again.
    """

    name: str = "standfast-director"
    file: str = KEEPALIVED_CONF
    config_id: str = ""
    foreground: bool = False
    console: bool = False
    detail: bool = False
    log_file: str = ""
    pid_files: tuple[str, ...] = ()
    namespace: str = ""
    ipvs_namespace: str = ""
    """Where the table is, if not in the other; counts before the configuration's."""
    keep_table: bool = False
    socket: str = "/run/standfast/director.sock"
    ledger: str = "/run/standfast/director.ledger"
    checkers: bool = True
    vrrp: bool = True
    bfd: bool = True
    bfd_pid: str = ""
    vrrp_pid: str = ""
    vrrp_ledger: str = "/run/standfast/vrrp.ledger"
    keeps_addresses: bool = False
    respawns: bool = True
    metrics: str = ""
    memory: bool = False
    dump_folder: str = "/tmp"
    own_folder: str = ""
    """Removed at the end, if it is empty then."""
    umask: int | None = None
    """Counts before the configuration's."""


def keepalived_settings(options: Mapping[str, str], namespace: str = "", wide: ProcessWide | None = None) -> Settings:
    """Return the settings of keepalived's options, by their long names.

    The names of files not given have the network namespace's and the instance's name in theirs. Source: keepalived(8),
    version 2.2.7.
    """
    stem = f"/run/keepalived-{namespace}" if namespace else "/run/keepalived"
    stems = {part: f"{stem}_{part}" for part in ("checkers", "vrrp", "bfd")}
    folder = ""
    if wide is not None and wide.in_folder:
        folder = stem
        end = f"_{wide.instance}" if wide.instance else ""
        stems = {part: f"{stem}/{part}{end}" for part in stems}
        stem = f"{stem}/keepalived{end}"
    pid = options.get("pid", f"{stem}.pid")
    own = pid.removesuffix(".pid")
    checkers, vrrp = "vrrp" not in options or "check" in options, "check" not in options or "vrrp" in options
    return Settings(
        name="Keepalived",
        file=options.get("use-file", KEEPALIVED_CONF),
        config_id=options.get("config-id", ""),
        foreground="dont-fork" in options,
        console="log-console" in options,
        detail="log-detail" in options,
        pid_files=(pid, options.get("checkers_pid", f"{stems['checkers']}.pid") if checkers else ""),
        namespace=options.get("namespace", ""),
        keep_table="dont-release-ipvs" in options,
        socket=f"{own}.sock",
        ledger=f"{own}.ledger",
        checkers=checkers,
        vrrp=vrrp,
        vrrp_pid=options.get("vrrp_pid", f"{stems['vrrp']}.pid"),
        vrrp_ledger=f"{own}_vrrp.ledger",
        keeps_addresses="dont-release-vrrp" in options,
        respawns="dont-respawn" not in options,
        bfd="no_bfd" not in options,
        own_folder=folder,
        umask=_octal(options["umask"]) if options.get("umask") else None,
        bfd_pid=options.get("bfd_pid", f"{stems['bfd']}.pid"),
    )


def _octal(word: str) -> int:
    """Return a number in C's form: 022 is octal."""
    return int(word, 8 if word[:1] == "0" and word[1:2] not in ("x", "X") else 0)


def follower_path(settings: Settings) -> str:
    """Return where the VRRP process hears of BFD sessions; it is not named as sockets that answer are."""
    return f"{settings.socket.removesuffix('.sock')}-vrrp.bfd"


def bfd_running_of(settings: Settings, said: bfd.orders.Running) -> bfd.orders.Running:
    """Return how the BFD process is to run: as the configuration says, with the command line's paths."""
    followers = (follower_path(settings),) if settings.vrrp else ()
    return replace(said, pid_file=settings.bfd_pid, followers=followers)


def running_of(settings: Settings, said: Running) -> Running:
    """Return how the VRRP process is to run: as the configuration says, with the command line's paths."""
    ledger, pid_file, keeps = settings.vrrp_ledger, settings.vrrp_pid, settings.keeps_addresses
    sessions = follower_path(settings) if settings.bfd else ""
    return replace(said, ledger=ledger, pid_file=pid_file, keeps_addresses=keeps, sessions=sessions)
