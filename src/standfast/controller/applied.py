"""What came of applying one message to the replicated state."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from standfast import executor
from standfast.controller.messages import Order
from standfast.errors import RequestError


class Note(msgspec.Struct, frozen=True):
    """Something that operators want to know: becomes a `Publish`."""

    kind: str
    message: str
    level: str = "info"
    fields: Mapping[str, str] = msgspec.field(default_factory=dict)


class Recorded(msgspec.Struct, frozen=True):
    """A result that went into the status: of which order (None: of none that was pending), and whether it failed."""

    node: str
    result: executor.Result
    failed: bool
    order: Order | None = None


class Applied(msgspec.Struct, frozen=True):
    """What came of a message.

    `reason` says why the scheduler must look again (empty: it need not); `configuration`: the configuration changed.
    `refused`: nothing changed, and why. `result` goes to who asked. `forgotten` are (node, resource) whose executor
    must forget; `ordered` is the order that its target's executor must carry out.
    """

    reason: str = ""
    configuration: bool = False
    refused: RequestError | None = None
    result: object = None
    notes: tuple[Note, ...] = ()
    recorded: tuple[Recorded, ...] = ()
    forgotten: tuple[tuple[str, str], ...] = ()
    ordered: Order | None = None


NOTHING = Applied()
