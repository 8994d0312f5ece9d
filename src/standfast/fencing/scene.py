"""What a node's machine knows of its surroundings: configuration, members, agents, and what all know alike."""

from __future__ import annotations

import itertools

from standfast.fencing import devices
from standfast.fencing.events import Configured, Membership
from standfast.fencing.knowledge import Knowledge
from standfast.fencing.register import KILLING, Register
from standfast.fencing.requests import Job


class Scene:
    """Shared by the parts of one machine. `next_number` names calls and timers, from 1."""

    def __init__(self, node: str) -> None:
        self.node = node
        self.configured = Configured((), (), ())
        self.membership = Membership(frozenset(), "", may_fence=False)
        self.knowledge = Knowledge()
        self.register = Register()
        self.next_number = itertools.count(1).__next__

    @property
    def coordinates(self) -> bool:
        """Return whether this node coordinates, in a view that may fence."""
        return self.membership.coordinator == self.node and self.membership.may_fence

    def is_back(self, job: Job) -> bool:
        """Return whether the target is a member again, in another life than the one that the job is to end."""
        life = self.membership.lives.get(job.target, "")
        return job.action in KILLING and bool(life and job.incarnation) and life != job.incarnation

    def callers(self, device: str, target: str = "") -> tuple[str, ...]:
        """Return the members that may call the device, best first."""
        return devices.callers(device, self.configured, self.membership.members, target)

    def node_id(self, name: str) -> int | None:
        """Return the node's id; None if it is not configured."""
        return next((number for number, known in self.configured.nodes if known == name), None)
