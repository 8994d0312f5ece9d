"""What goes into and out of a node's controller machine.

The binding (`daemons`, or `sim`) does what effects say and brings back what came of it. Effects are done in the
order given.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from standfast import cib, errors, executor, fencing, messaging, scheduler
from standfast.controller import requests
from standfast.runtime import CancelTimer, SetTimer, TimerFired

# --- events


class Loaded(msgspec.Struct, frozen=True):
    """Event, the first: what the disk holds. `document` is None on a new node; `term` is 0 then.

    `members` are those that the stored copy names (`Store.members`), `change_term` and `base` are the `Store`'s
    too. `boot` is the kernel's boot id, `life` names this daemon's life (a UUID), `history` what this node's
    executor remembers of its predecessor (same boot only; the machine hands it to the executor as `Adopt`),
    `refused` what the store said of files that it did not trust. `cpus` bounds how many operations run here at once
    (two each; 0: any number).
    """

    document: cib.Document | None
    term: int
    boot: str
    life: str
    history: tuple[executor.Result, ...] = ()
    refused: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    cpus: int = 0
    change_term: int = 0
    base: tuple[int, int] = (0, 0)


class Request(msgspec.Struct, frozen=True):
    """Event: a client asks. `id` comes back with the one `Reply`. `user` has been authorized by the caller."""

    id: int
    user: str
    body: requests.Body
    client: str = ""


class Stored(msgspec.Struct, frozen=True):
    """Event: all that `Store` effects up to this number asked for is on disk."""

    number: int


class StoreFailed(msgspec.Struct, frozen=True):
    """Event: the disk refused; this node does not acknowledge until a later one succeeds."""

    number: int
    reason: str


class Scheduled(msgspec.Struct, frozen=True):
    """Event: the answer to `Schedule` with this number. `failed` says why there is none (a crashed worker)."""

    number: int
    outcome: scheduler.Outcome | None
    failed: str = ""


class OperationFinished(msgspec.Struct, frozen=True):
    """Event: this node's executor has a result."""

    result: executor.Result


class FencingSays(msgspec.Struct, frozen=True):
    """Event: this node's fencing machine wants its payload multicast."""

    payload: Mapping[str, object]


class FencingReceipt(msgspec.Struct, frozen=True):
    """Event: this node's fencing machine has a receipt (every node has it, at the same place in the order)."""

    receipt: fencing.Receipt


class Slept(msgspec.Struct, frozen=True):
    """Event: this process did not run for `gap_ms`: what it knew before is not to be trusted."""

    gap_ms: int


class Stop(msgspec.Struct, frozen=True):
    """Event: the daemon shall end cleanly: stop what runs here, then leave. `StopNow` follows when done."""


Event = (
    Loaded
    | Request
    | Stored
    | StoreFailed
    | Scheduled
    | OperationFinished
    | FencingSays
    | FencingReceipt
    | Slept
    | Stop
    | TimerFired
    | messaging.TransitionalView
    | messaging.RegularView
    | messaging.Delivered
    | messaging.QuorumChanged
    | messaging.EngineLost
)

# --- effects


class Multicast(msgspec.Struct, frozen=True):
    """Effect: send to the group."""

    payload: bytes


class Store(msgspec.Struct, frozen=True):
    """Effect: make this durable (configuration without status; the receiver's own copy), then say `Stored(number)`.
    At most one is waiting for its answer; changes that come meanwhile are in the next one. `members` are the names
    of the view's members, which the copy names; `change_term` is the term in which it was changed last, `base` the
    admin_epoch and epoch up to which that counts.
    """

    number: int
    document: cib.Document
    term: int
    members: tuple[str, ...]
    change_term: int = 0
    base: tuple[int, int] = (0, 0)


class Schedule(msgspec.Struct, frozen=True):
    """Effect: schedule this document, given as its text; `Scheduled(number)` follows. At most one is waiting for its
    answer."""

    number: int
    document: bytes
    now_s: int


class Reply(msgspec.Struct, frozen=True):
    """Effect: answer a request. `error` is empty on success; `exit_status` and `reports` (of a refused text) go with
    it; `result` is plain data."""

    request: int
    result: object = None
    error: str = ""
    exit_status: int = 0
    reports: tuple[errors.Report, ...] = ()


class ToExecutor(msgspec.Struct, frozen=True):
    """Effect: hand this event to this node's executor machine."""

    event: executor.Execute | executor.CancelRecurring | executor.Forget | executor.Adopt


class ToFencing(msgspec.Struct, frozen=True):
    """Effect: hand this event to this node's fencing machine."""

    event: fencing.Configured | fencing.Membership | fencing.Fence | fencing.Confirm | fencing.Heard


class Publish(msgspec.Struct, frozen=True):
    """Effect: something happened that operators want to know: goes to the event stream and the log.

    `kind` is a slug (`node-lost`, `fenced`, `operation`, `transition`, `view`, `configuration`, …), `level` one of
    error, warning, notice, info, debug.
    """

    kind: str
    message: str
    level: str = "info"
    fields: Mapping[str, str] = msgspec.field(default_factory=dict)


class KeepInput(msgspec.Struct, frozen=True):
    """Effect: keep this scheduler input, the text of a document, as the next `pe-{series}-N`; `severity` is normal,
    warning or error. `now_s` is the time it was scheduled for, `transition` the number of what came out."""

    document: bytes
    severity: str
    now_s: int
    transition: int = 0


class Panic(msgspec.Struct, frozen=True):
    """Effect: this node must not go on (no-quorum-policy=suicide, told to by the order): reset the machine now."""

    reason: str


class StopNow(msgspec.Struct, frozen=True):
    """Effect: the clean end is reached: leave the group and end the process."""

    reason: str = ""


Effect = (
    Multicast
    | Store
    | Schedule
    | Reply
    | ToExecutor
    | ToFencing
    | Publish
    | KeepInput
    | Panic
    | StopNow
    | SetTimer
    | CancelTimer
)
