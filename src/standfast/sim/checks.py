"""Invariants on what the controllers of a world believe and do; those on what truly runs are in `reality`."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TypeVar

from standfast import cib, executor, messaging
from standfast.sim.company import Company
from standfast.sim.daemon import Daemon
from standfast.sim.plan import Plan
from standfast.sim.story import Story
from standfast.sim.wires import Wires

PLACES_KEPT = 300
T = TypeVar("T")
Place = tuple[messaging.ViewId, int]
EAGER = ("start", "promote", "migrate_to", "migrate_from")


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A change that its client was told is done: a mark in the configuration, and the view in which it was told."""

    mark: str
    view: int


class Checks:
    """Looks at daemons after their events."""

    def __init__(self, company: Company, story: Story, wires: Wires, plan: Plan, every: int = 25) -> None:
        self._company = company
        self._wires = wires
        self._story = story
        self._policy = plan.no_quorum_policy
        self._promotable = {name for name, kind in plan.kinds.items() if kind.promoted_max}
        self._every = every
        self._documents: dict[Place, tuple[str, bytes]] = {}
        self._beliefs: dict[str, dict[Place, tuple[str, str]]] = {"DC": {}, "state": {}}
        self.acknowledged: list[Acknowledged] = []

    def handled(self, daemon: Daemon, event: object) -> None:
        """Check a daemon that has handled an event. Raises: BrokenError."""
        if not isinstance(event, messaging.Delivered | messaging.RegularView):
            return
        look = self._company.look(daemon.machines.controller)
        if daemon.place is None or look.document is None or daemon.place[0].sequence <= self._wires.torn_sequence:
            return
        self._one_at_a_place(daemon.name, daemon.place, f"the DC is {look.dc or 'nobody'}", "DC")
        self._one_at_a_place(daemon.name, daemon.place, f"the state is {look.state}", "state")
        if daemon.place[1] % self._every == 1:
            self._one_document(daemon.name, daemon.place, look.document)

    def ordered(self, daemon: Daemon, event: executor.Execute) -> None:
        """Check an order that a daemon's executor is given. Raises: BrokenError."""
        operation = event.operation
        if operation.task not in EAGER or operation.agent.standard == "stonith" or self._policy in ("ignore", "freeze"):
            return
        # "demote" keeps promotable clones running, and restarts them, but promotes none.
        if self._policy == "demote" and operation.resource_id in self._promotable and operation.task == "start":
            return
        if daemon.quorum is None or not daemon.quorum.quorate:
            raise self._story.broken(f"{operation.key} is ordered on {daemon.name} without quorum")

    def scheduled(self, daemon: Daemon, document: cib.Document) -> None:
        """Check the document that a DC acts on: nothing acknowledged is missing. Raises: BrokenError."""
        if daemon.view is None or daemon.quorum is None or not daemon.quorum.quorate:
            return
        before = [a for a in self.acknowledged if a.view < daemon.view.id.sequence]
        self.complete(daemon.name, document, before)

    def complete(self, name: str, document: cib.Document, acknowledged: list[Acknowledged]) -> None:
        """Check that these changes are in a document. Raises: BrokenError."""
        marks = {pair.get("name") for pair in document.root.iterfind("configuration/crm_config//nvpair")}
        missing = [a.mark for a in acknowledged if a.mark not in marks]
        if missing:
            raise self._story.broken(f"{name} has lost {', '.join(missing[:5])}, which was acknowledged")

    def _one_document(self, name: str, place: Place, document: cib.Document) -> None:
        text = document.render()
        other, before = self._documents.setdefault(place, (name, text))
        if before != text:
            for line in _difference(before, text):
                self._story.tell(f"{other}/{name}", line)
            raise self._story.broken(f"{name} and {other} have different documents at {place}")
        _trim(self._documents)

    def _one_at_a_place(self, name: str, place: Place, what: str, kind: str) -> None:
        other, before = self._beliefs[kind].setdefault(place, (name, what))
        if before != what:
            raise self._story.broken(f"at {place} {what} for {name}, for {other} {before}")
        _trim(self._beliefs[kind])


def _trim(kept: dict[Place, tuple[str, T]]) -> None:
    while len(kept) > PLACES_KEPT:
        del kept[next(iter(kept))]


def _difference(one: bytes, other: bytes) -> list[str]:
    """Return the lines in which two documents differ."""
    before, after = (cib.Document.parse(text).render(pretty=True).decode().splitlines() for text in (one, other))
    return [line.strip() for line in difflib.unified_diff(before, after, lineterm="", n=0)][:20]
