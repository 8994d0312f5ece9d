"""Reads a director's configuration, keepalived's language from a file.

A director that starts reads it itself: nothing else is to be done, and the memory is used again for what is made of
it. One that runs has it read, by `rereading`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from standfast import director, garbage
from standfast.daemons.director.settings import Settings
from standfast.dialects import keepalived
from standfast.dialects.keepalived import Process
from standfast.dialects.live.machine import Answers, load_keepalived
from standfast.director import bfd, lvs, vrrp
from standfast.director.vrrp.orders import Running
from standfast.errors import Report

NO_ROUTERS = vrrp.Configuration(())


class Loaded(msgspec.Struct, frozen=True):
    """A configuration as it was read, with what is to be said of it."""

    configuration: director.Configuration
    reports: tuple[Report, ...] = ()
    namespace: str = ""
    ipvs_namespace: str | None = None
    vrrp: vrrp.Configuration = NO_ROUTERS
    running: Running = Running("")
    sessions: bfd.Configuration = bfd.Configuration()
    bfd_running: bfd.orders.Running = bfd.orders.Running()
    process: keepalived.ProcessWide = keepalived.ProcessWide()
    answers: Answers = ()
    checkers_running: director.Running = director.Running()


Read = Callable[[], Loaded]
"""Read the configuration now. Raises: ConfigError if it cannot be used, LiveError if it cannot be read."""


def read_at_start(settings: Settings) -> Loaded:
    """Return the configuration, read in this process. Raises: as `Read`."""
    with garbage.held_back(stays=True):
        return loaded_from(settings.file, settings.config_id, settings.namespace, halves_of(settings))


def halves_of(settings: Settings) -> list[str]:
    """Return the names of keepalived's processes whose part of the configuration counts."""
    parts = (("CHECKER", settings.checkers), ("VRRP", settings.vrrp), ("BFD", settings.bfd))
    return [name for name, counts in parts if counts]


def loaded_from(file: str, config_id: str, namespace: str, halves: Iterable[str]) -> Loaded:
    """Return what these halves of a configuration say. Raises: as `Read`."""
    wanted = frozenset(Process[name] for name in halves)
    loaded = load_keepalived(file, config_id, wanted=wanted, namespace=namespace)
    half = loaded.vrrp.configuration if Process.VRRP in wanted else NO_ROUTERS
    sessions = loaded.sessions if Process.BFD in wanted else bfd.Configuration()
    return Loaded(
        loaded.configuration, loaded.reports, loaded.namespace, loaded.ipvs_namespace, half, loaded.running, sessions,
        loaded.bfd_running, loaded.process, loaded.answers, loaded.checkers_running,
    )  # fmt: skip


def wants_checkers(settings: Settings, loaded: Loaded) -> bool:
    """Return whether there is anything for the checkers' half: they run when nothing else would."""
    others_run = (settings.vrrp and loaded.vrrp.is_something) or bool(loaded.sessions.sessions)
    return settings.checkers and (bool(loaded.configuration.services) or not others_run)


def moves(settings: Settings, present: Loaded, wanted: Loaded) -> bool:
    """Return whether it would have to go on in another network namespace; what the command line says counts before."""
    other = not settings.namespace and present.namespace != wanted.namespace
    return other or (not settings.ipvs_namespace and present.ipvs_namespace != wanted.ipvs_namespace)


def planned(present: Loaded, wanted: Loaded) -> list[str]:
    """Return what changes if another configuration is used, for people: the table if every real server is up."""
    table = lvs.plan_lines(keepalived.changes(present.configuration, wanted.configuration))
    return table + vrrp.changes.lines(vrrp.changes.difference(present.vrrp, wanted.vrrp))
