"""What a simulation shows, part by part: the seam between what is simulated and how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from standfast import cib, scheduler
from standfast.dialects.crm_simulate.entries import Entry


class Look(msgspec.Struct, frozen=True):
    """What is shown of a status. `offset_s`: the zone's seconds east of UTC."""

    attributes: bool = False
    fail_counts: bool = False
    offset_s: int = 0


class Page(Protocol):
    """Takes what is to be shown, in order, and becomes a text."""

    def note(self, text: str) -> None:
        """Add a remark."""

    def current(self, state: scheduler.State, document: cib.Document) -> None:
        """Add the status before anything happens."""

    def modifications(self, entries: Sequence[Entry]) -> None:
        """Add what is pretended."""

    def scores(self, outcome: scheduler.Outcome, *, scores: bool, utilization: bool) -> None:
        """Add scores and utilization."""

    def changes(self, changes: Sequence[scheduler.Change]) -> None:
        """Add the summary of the transition."""

    def transition(self, entries: Sequence[Entry], *, complete: bool) -> None:
        """Add what was executed."""

    def revised(self, state: scheduler.State, document: cib.Document) -> None:
        """Add what became of the cluster."""

    def text(self) -> str:
        """Return all of it."""
