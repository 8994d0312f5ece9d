"""Constraints as nouns: locations, colocations, orders, tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from standfast.scheduler.actions import split_key
from standfast.scheduler.working import Probing

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.working import Node, Resource

UNAME = "#uname"


class Location(msgspec.Struct, eq=False):
    """A resource's score on some nodes, for any role or (`role`) for one."""

    id: str
    resource: Resource
    role: int
    probing: Probing
    scores: list[tuple[Node, int]] = msgspec.field(default_factory=list)

    def score(self, node: Node) -> int | None:
        """Return the score on a node, None if it says nothing of that node."""
        return next((score for other, score in self.scores if other is node), None)


class Colocation(msgspec.Struct, eq=False):
    """The dependent is placed by the primary: with it, or away from it.

    `explicit`: the user's own; `influence`: the primary listens to the dependent.
    """

    id: str
    attribute: str
    score: int
    dependent: Resource
    primary: Resource
    dependent_role: int
    primary_role: int
    explicit: bool
    influence: bool


class Order(msgspec.Struct, eq=False):
    """A relation to be made between actions when all actions are known: by resource and key, or by action."""

    flags: int
    first: Resource | None
    first_key: str
    first_action: Action | None
    then: Resource | None
    then_key: str
    then_action: Action | None

    def first_task(self) -> str:
        """Return the task of the first side."""
        return _task(self.first_action, self.first_key)

    def then_task(self) -> str:
        """Return the task of the then side."""
        return _task(self.then_action, self.then_key)


def _task(action: Action | None, uuid: str) -> str:
    if action is not None:
        return action.task
    parts = split_key(uuid)
    return parts[1] if parts is not None else ""


class Ticket(msgspec.Struct, eq=False):
    """A ticket: permission, from outside, for resources to run at this site."""

    id: str
    granted: bool = False
    standby: bool = False
    last_granted_s: int = -1


class TicketDependency(msgspec.Struct, eq=False):
    """A resource (in a role, if one is given) needs a ticket; `loss` says what happens when it is lost."""

    id: str
    resource: Resource
    role: int
    ticket: Ticket
    loss: str  # stop, demote, fence, freeze
