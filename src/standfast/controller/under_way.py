"""A transition that is under way."""

from __future__ import annotations

from dataclasses import dataclass, field

from standfast.transition import Walk


@dataclass(slots=True)
class Transition:
    """One graph on its way. `actions` finds an action by the name under which its end is told."""

    number: int
    walk: Walk
    actions: dict[str, int] = field(default_factory=dict)
    adopted: bool = False
    blockers: frozenset[str] = frozenset()
