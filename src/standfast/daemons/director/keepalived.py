"""The director under keepalived's name."""

from __future__ import annotations

from collections.abc import Mapping

from standfast.daemons.director import main, process
from standfast.daemons.director.settings import Settings, keepalived_settings
from standfast.dialects.live.machine import Loaded


def run(options: Mapping[str, str]) -> int:
    """Run the director as keepalived's options say, by their long names; return the exit status."""

    given = options.get("namespace", "") or process.namespace_name()

    def named_for(loaded: Loaded) -> Settings:
        namespace = given if options.get("namespace") else loaded.namespace or given
        return keepalived_settings(options, namespace, loaded.process)

    return main.run(keepalived_settings(options, given), named_for)
