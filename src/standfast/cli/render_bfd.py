"""BFD sessions and why they are what they are, as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from standfast.director.bfd import explanation

Row = dict[str, Any]


def status(known: Row) -> list[str]:
    """Return a line for each session."""
    return [explanation.headline(row) for row in known["sessions"]] or ["no BFD sessions"]


def explained(known: Row, rows: Iterable[Row]) -> list[str]:
    """Return all that is known of these sessions, and of packets that are of none."""
    lines = [line for row in rows for line in explanation.lines(row)]
    lines += [f"{count} packets were of no session: {drop}" for drop, count in known["dropped"].items()]
    if known["restarts"]:
        lines.append(f"the BFD process died {known['restarts']} times and was started again")
    return lines


def are_all_up(rows: Iterable[Row]) -> bool:
    """Return whether all of these sessions are Up."""
    return all(row["state"] == "Up" for row in rows)
