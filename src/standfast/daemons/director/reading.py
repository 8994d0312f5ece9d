"""Reads a director's configuration, keepalived's language from a file.

A director that starts reads it itself: nothing else is to be done, and the memory is used again for what is made of
it. One that runs has it read, by `rereading`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from standfast import garbage
from standfast.daemons.director.settings import Settings
from standfast.dialects import keepalived
from standfast.dialects.live.machine import Loaded, load_keepalived

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
    wanted = frozenset(keepalived.Process[name] for name in halves)
    return load_keepalived(file, config_id, wanted, namespace)


def wants_checkers(settings: Settings, loaded: Loaded) -> bool:
    """Return whether there is anything for the checkers' half: they run when nothing else would."""
    routers = loaded.vrrp is not None and loaded.vrrp.configuration.is_something
    sessions = loaded.bfd is not None and bool(loaded.bfd.configuration.sessions)
    others_run = (settings.vrrp and routers) or sessions
    return settings.checkers and (bool(loaded.configuration.services) or not others_run)


def moves(settings: Settings, present: Loaded, wanted: Loaded) -> bool:
    """Return whether it would have to go on in another network namespace; what the command line says counts before."""
    other = not settings.namespace and present.namespace != wanted.namespace
    return other or (not settings.ipvs_namespace and present.ipvs_namespace != wanted.ipvs_namespace)
