"""The director under keepalived's name."""

from __future__ import annotations

from collections.abc import Mapping

from standfast.daemons.director import main, process
from standfast.daemons.director.settings import keepalived_settings


def run(options: Mapping[str, str]) -> int:
    """Run the director as keepalived's options say, by their long names; return the exit status."""
    name = options.get("namespace", "") or process.namespace_name()
    stem = f"/run/keepalived-{name}" if name else "/run/keepalived"
    return main.run(keepalived_settings(options, stem))
