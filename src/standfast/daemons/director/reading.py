"""Reads a director's configuration: keepalived's language from a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from standfast import director
from standfast.daemons.director.settings import Settings
from standfast.dialects.live.machine import load_keepalived
from standfast.errors import Report


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration as it was read, with what is to be said of it."""

    configuration: director.Configuration
    reports: tuple[Report, ...] = ()
    namespace: str = ""


Read = Callable[[], Loaded]
"""Read the configuration now. Raises: ConfigError if it cannot be used, LiveError if it cannot be read."""


def reader_of(settings: Settings) -> Read:
    """Return what reads the configuration that the settings name."""

    def read() -> Loaded:
        loaded = load_keepalived(settings.file, settings.config_id)
        return Loaded(loaded.configuration, loaded.reports, loaded.namespace)

    return read
