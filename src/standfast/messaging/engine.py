"""The seam to a group communication engine: views, agreed order, quorum.

An engine has two levels of membership, as Corosync has. A *node* is in the membership while its machine is; a
*member* is a node whose daemon has joined our process group. A daemon that dies alone leaves `members` and stays
in `nodes`.

Invariants that every engine keeps (the contract suite checks them):

* agreed order: two members that deliver the same two messages deliver them in the same order, and between the
  same views;
* self-delivery: a sender that stays in the view delivers its own messages, in the order it sent them;
* a message is delivered in the view in which it was ordered: all members that go together from one regular view
  to the next deliver the same messages in between (virtual synchrony);
* a transitional view comes before a regular one whenever somebody left: it names those that come along.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Protocol

import msgspec


class Why(enum.StrEnum):
    """Why a member left a view."""

    LEFT = "left"  # it said goodbye
    PROCESS_DOWN = "process-down"  # its daemon is gone, its node is still in the membership
    NODE_DOWN = "node-down"  # its node left the membership: crashed, cut off, or switched off


class ViewId(msgspec.Struct, frozen=True, order=True):
    """The name of a view: a number that only grows, and the engine's or ring's representative."""

    sequence: int
    representative: int


class Node(msgspec.Struct, frozen=True):
    """A node of the membership. `id` is from 1 up."""

    id: int
    name: str


class Quorum(msgspec.Struct, frozen=True):
    """What votequorum says of a view. `waiting_for_all`: not quorate before every node was seen once."""

    quorate: bool
    total_votes: int
    expected_votes: int
    needed_votes: int
    two_node: bool = False
    wait_for_all: bool = False
    waiting_for_all: bool = False


class TransitionalView(msgspec.Struct, frozen=True):
    """Event: the members of the last regular view that come along into the next one."""

    members: frozenset[int]


class RegularView(msgspec.Struct, frozen=True):
    """Event: a new view. `members` is a subset of the ids of `nodes` and holds ourselves.

    `joined` and `left` compare `members` with the last regular view that this engine delivered.
    """

    id: ViewId
    nodes: tuple[Node, ...]
    members: frozenset[int]
    joined: frozenset[int]
    left: tuple[tuple[int, Why], ...]
    quorum: Quorum


class Delivered(msgspec.Struct, frozen=True):
    """Event: one message in its place: `position` counts from 1 within its view."""

    view: ViewId
    position: int
    sender: int
    payload: bytes


class QuorumChanged(msgspec.Struct, frozen=True):
    """Event: votes changed within the same view (expected votes, wait_for_all satisfied)."""

    quorum: Quorum


class EngineLost(msgspec.Struct, frozen=True):
    """Event: the engine is gone (its process died): a view of one without quorum until a view follows."""

    reason: str


Event = TransitionalView | RegularView | Delivered | QuorumChanged | EngineLost


class Engine(Protocol):
    """One daemon's connection to the group. No method blocks."""

    @property
    def node_id(self) -> int:
        """Return our node's id, from 1 up."""

    def start(self, deliver: Callable[[Event], None]) -> None:
        """Join the group and call `deliver` for every event from now on; the first is our first regular view.

        A live engine calls it in the event loop's thread, never inside `start` or `multicast`.
        """

    def multicast(self, payload: bytes) -> None:
        """Send to all members, ourselves included. Messages of any length up to `MESSAGE_BYTES_MAX`.

        Raises: LocalProtocolError if there is no view, or the message is too long.
        """

    @property
    def backlog_bytes(self) -> int:
        """Return how much was sent and not yet delivered back: senders hold back when it grows."""

    def leave(self) -> None:
        """Say goodbye: the others see `Why.LEFT`. No event comes after it."""


MESSAGE_BYTES_MAX = 64 << 20
