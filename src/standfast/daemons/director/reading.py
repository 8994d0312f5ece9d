"""Reads a director's configuration: keepalived's language from a file."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from standfast import director
from standfast.daemons.director.settings import Settings
from standfast.errors import LiveError, Report


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
        try:
            language = importlib.import_module("standfast.dialects.keepalived")
        except ModuleNotFoundError as error:
            raise LiveError(f"{settings.file}: keepalived's language is not built in") from error
        loaded = language.load(settings.file, settings.config_id)
        return Loaded(loaded.configuration, tuple(loaded.reports), loaded.namespace)

    return read
