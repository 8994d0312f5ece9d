"""A simulation as text."""

from __future__ import annotations

from collections.abc import Sequence

from standfast import cib, scheduler
from standfast.dialects.crm_simulate import score_text, transition_text
from standfast.dialects.crm_simulate.entries import Entry
from standfast.dialects.crm_simulate.page import Look
from standfast.dialects.status import facts, failures_text
from standfast.dialects.status import text as status_text
from standfast.dialects.status.outline import Outline


class TextPage:
    """Text, nested by indentation; of a quiet one only what was asked for is left."""

    def __init__(self, look: Look, *, quiet: bool) -> None:
        self.look = look
        self.quiet = quiet
        self.outline = Outline()

    def note(self, text: str) -> None:
        """Add a remark."""
        if not self.quiet:
            self.outline.plain(text)

    def current(self, state: scheduler.State, document: cib.Document) -> None:
        """Add the status before anything happens."""
        if self.quiet:
            return
        if state.maintenance_mode:
            self.outline.plain("\n              *** Resource management is DISABLED ***")
            self.outline.plain("  The cluster will not attempt to start, stop or recover services")
        if state.disabled_instances or state.blocked_instances:
            if state.maintenance_mode:
                self.outline.spacer()
            self.outline.plain(
                f"{state.disabled_instances} of {state.counted_instances} resource instances DISABLED and "
                f"{state.blocked_instances} BLOCKED from further action due to failure"
            )
        if state.maintenance_mode or state.disabled_instances or state.blocked_instances:
            self.outline.spacer()
        self._status(state, document, "Current cluster status", pending=True)

    def revised(self, state: scheduler.State, document: cib.Document) -> None:
        """Add what became of the cluster."""
        if not self.quiet:
            self.outline.spacer()
            self._status(state, document, "Revised Cluster Status", pending=False)

    def _status(self, state: scheduler.State, document: cib.Document, title: str, *, pending: bool) -> None:
        with self.outline.list(title):
            status_text.body(state, self.outline, pending=pending)
            if self.look.attributes:
                failures_text.attributes(state, self.outline)
            if self.look.fail_counts:
                failures_text.fail_counts(state, facts.read(document), self.outline, self.look.offset_s)
                failures_text.failures(state, self.outline, self.look.offset_s)

    def modifications(self, entries: Sequence[Entry]) -> None:
        """Add what is pretended."""
        if not self.quiet:
            self.outline.spacer()
            self._entries("Performing Requested Modifications", entries)

    def _entries(self, title: str, entries: Sequence[Entry]) -> None:
        with self.outline.list(title):
            for entry in entries:
                (self.outline.plain if entry.plain else self.outline.item)(entry.text)

    def scores(self, outcome: scheduler.Outcome, *, scores: bool, utilization: bool) -> None:
        """Add scores and utilization."""
        found = score_text.lines(outcome.scores, show_scores=scores, show_utilization=utilization)
        if self.quiet:
            self.outline.lines += (*found, "")
            return
        titles = [word for word, on in (("Assignment Scores", scores), ("Utilization", utilization)) if on]
        self.outline.spacer()
        with self.outline.list(" and ".join(titles) + (" Information" if utilization else "")):
            for line in (*outcome.notices, *found):
                self.outline.item(line)

    def changes(self, changes: Sequence[scheduler.Change]) -> None:
        """Add the summary of the transition."""
        if not self.quiet:
            self.outline.spacer()
            transition_text.render(changes, self.outline)

    def transition(self, entries: Sequence[Entry], *, complete: bool) -> None:
        """Add what was executed."""
        if self.quiet:
            return
        self.outline.spacer()
        self._entries("Executing Cluster Transition", entries)
        if not complete:
            self.outline.plain("Transition failed: terminated")
            self.outline.plain("An invalid transition was produced")

    def text(self) -> str:
        """Return all of it."""
        return self.outline.text()
