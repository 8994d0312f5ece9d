"""Who lives in a world: the production machines, or a stand-in in a test of the world itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from standfast import cib, scheduler
from standfast.sim.daemon import Machine, Machines


@dataclass(frozen=True, slots=True)
class Look:
    """What a controller holds. `document` is None before it takes full part in its view.

    `dc` is whom it takes for the DC (empty: nobody), `state` a digest of all that it applied.
    """

    document: cib.Document | None
    dc: str
    state: str = ""


class Company(Protocol):
    """Makes machines and looks into them."""

    def machines(self, name: str, node_id: int) -> Machines:
        """Return new machines for a daemon's life."""

    def look(self, controller: Machine) -> Look:
        """Return what a controller holds."""

    def schedule(self, document: cib.Document, now_s: int) -> scheduler.Outcome:
        """Return the outcome for this document."""
