"""The production machines as a world's company, with the scheduler's outcomes kept by document."""

from __future__ import annotations

from standfast import cib, controller, executor, fencing, scheduler
from standfast.sim.company import Look
from standfast.sim.daemon import Machine, Machines

OUTCOMES_KEPT = 5000


class Production:
    """Makes the machines that daemons run."""

    def __init__(self) -> None:
        self._outcomes: dict[tuple[bytes, int], scheduler.Outcome] = {}

    def machines(self, name: str, node_id: int) -> Machines:
        """Return new machines for a daemon's life."""
        return Machines(controller.Machine(node_id, name), executor.Machine(), fencing.Machine(name))

    def look(self, machine: Machine) -> Look:
        """Return what a controller holds."""
        assert isinstance(machine, controller.Machine)
        return Look(machine.document, machine.dc)

    def schedule(self, document: cib.Document, now_s: int) -> scheduler.Outcome:
        """Return the outcome for this document."""
        return scheduler.schedule(document, now_s)
