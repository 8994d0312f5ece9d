"""What fencing machines say to each other: plain data on the wire, checked when it comes in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from standfast.errors import RemoteProtocolError
from standfast.fencing.events import Receipt
from standfast.fencing.requests import Job, Step


class Message(msgspec.Struct, frozen=True, tag_field="kind", tag=lambda name: name.lower()):
    """The root of the messages."""


class Requested(Message, frozen=True):
    """A request. The coordinator adds the first step, so that a fencing needs two messages only."""

    job: Job
    step: Step | None = None
    wall_s: int = 0


class Ordered(Message, frozen=True):
    """The coordinator's order of a step. `job` is as it was before, for members that do not know it yet."""

    job: Job
    step: Step


class Answered(Message, frozen=True):
    """What came of a step, from the node that did it. `receipts` are for members that do not know the job."""

    job: str
    number: int
    ok: bool
    reason: str = ""
    wall_s: int = 0
    receipts: tuple[Receipt, ...] = ()


class Expired(Message, frozen=True):
    """The coordinator waits no longer for the answer of this step."""

    job: str
    number: int
    reason: str


class Ended(Message, frozen=True):
    """The coordinator closes the job: every level failed (`receipts` say so), or nothing is left to switch on."""

    job: str
    ok: bool
    reason: str = ""
    wall_s: int = 0
    receipts: tuple[Receipt, ...] = ()


class Confirmed(Message, frozen=True):
    """An operator says that the target is off."""

    target: str
    incarnation: str
    client: str
    wall_s: int = 0


class Asked(Message, frozen=True):
    """The coordinator wants a device asked whom it can fence: `what` is list, or status of `target`."""

    device: str
    node: str
    what: str
    target: str = ""


class Told(Message, frozen=True):
    """What the device answered. `hosts`: the ports that a list names; for a status: the target's, if it is known.

    Not `ok`: this node had no answer; with no node named: nobody has.
    """

    device: str
    what: str
    target: str
    ok: bool
    node: str = ""
    hosts: tuple[str, ...] = ()


class State(Message, frozen=True):
    """What joiners do not know: the coordinator says it when somebody joined."""

    jobs: tuple[Job, ...] = ()
    history: tuple[Receipt, ...] = ()
    lists: tuple[Told, ...] = ()


Said = Requested | Ordered | Answered | Expired | Ended | Confirmed | Asked | Told | State


def render(message: Said) -> dict[str, object]:
    """Return the message as plain data."""
    made: dict[str, object] = msgspec.to_builtins(message)
    return made


def parse(payload: Mapping[str, Any]) -> Said:
    """Return the message. Raises: RemoteProtocolError if it is none of ours."""
    try:
        said: Said = msgspec.convert(dict(payload), Said, strict=True)
    except (msgspec.ValidationError, TypeError, ValueError) as e:
        raise RemoteProtocolError(f"no fencing message: {e}") from None
    return said
