"""The director under keepalived's name."""

from __future__ import annotations

from collections.abc import Mapping

from standfast.daemons.director import main, process
from standfast.daemons.director.settings import Settings, keepalived_settings


def run(options: Mapping[str, str]) -> int:
    """Run the director as keepalived's options say, by their long names; return the exit status."""

    def named_for(namespace: str) -> Settings:
        return keepalived_settings(options, f"/run/keepalived-{namespace}" if namespace else "/run/keepalived")

    return main.run(named_for(options.get("namespace", "") or process.namespace_name()), named_for)
