"""Virtual routers, their states and why, as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from standfast.director.vrrp import explanation

Row = dict[str, Any]


def status(known: Row) -> list[str]:
    """Return a line for each virtual router, alarms below it."""
    lines: list[str] = []
    for row in known["routers"]:
        lines.append(explanation.headline(row))
        lines += [f"  !! {alarm}" for alarm in explanation.alarms(row)]
    return [*lines, *_groups(known)] or ["no virtual routers"]


def explained(known: Row, rows: Iterable[Row]) -> list[str]:
    """Return all that is known of these virtual routers, and of packets that are for none."""
    lines = [line for row in rows for line in explanation.lines(row)]
    if known["unknown_vrids"]:
        lines.append(f"{known['unknown_vrids']} adverts were for virtual router ids that nobody here has")
    if known["restarts"]:
        lines.append(f"the VRRP process died {known['restarts']} times and was started again")
    return lines


def is_alarming(rows: Iterable[Row]) -> bool:
    """Return whether any two routers do not agree."""
    return any(explanation.alarms(row) for row in rows)


def _groups(known: Row) -> list[str]:
    return [f"sync group {name}: {state.upper()}" for name, state in known["groups"].items()]
