"""The production machines as a world's company."""

from __future__ import annotations

from standfast import cib, controller, executor, fencing, scheduler
from standfast.sim.company import Look
from standfast.sim.daemon import Machine, Machines


class Production:
    """Makes the machines that daemons run."""

    def machines(self, name: str, node_id: int) -> Machines:
        """Return new machines for a daemon's life."""
        return Machines(controller.Machine(node_id, name), executor.Machine(), fencing.Machine(name))

    def look(self, machine: Machine) -> Look:
        """Return what a controller holds."""
        assert isinstance(machine, controller.Machine)
        replica = machine.replica
        return Look(machine.document, machine.dc, replica.state if replica is not None else "")

    def schedule(self, document: cib.Document, now_s: int) -> scheduler.Outcome:
        """Return the outcome for this document."""
        return scheduler.schedule(document, now_s)
