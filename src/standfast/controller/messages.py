"""What controllers multicast to each other: tagged structs, as MessagePack.

Everything that changes the replicated state is one of `Change`: applied by every node at its place in the order, by
pure functions of the state and the message. So each carries the time at which it was sent, where time matters.
"""

from __future__ import annotations

from typing import Any

import msgspec

from standfast import executor
from standfast.cib.edits import Edit
from standfast.errors import RemoteProtocolError

PROTOCOL_MIN = 1
PROTOCOL_MAX = 1


class Incarnation(msgspec.Struct, frozen=True, order=True):
    """One life of a node: the kernel's boot id, and the daemon's random name of its life."""

    boot: str = ""
    life: str = ""

    def __str__(self) -> str:
        return f"{self.boot}/{self.life}"


class Copy(msgspec.Struct, frozen=True, order=True):
    """How good a copy of the configuration is.

    `term` is the last one that the node took part in, `change_term` the one in which this copy was changed last;
    `clean`: it was not changed while too few disks took part; `base` is its admin_epoch and epoch before it was.
    """

    term: int = 0
    clean: bool = True
    version: tuple[int, int, int] = (0, 0, 0)
    change_term: int = 0
    base: tuple[int, int] = (0, 0)

    @property
    def rank(self) -> tuple[int, tuple[int, int], bool, tuple[int, int]]:
        """Return by what configurations compare: the greatest wins. Status (num_updates) does not count, and what
        was changed while too few disks took part only where all else is equal."""
        return self.change_term, self.base, self.clean, self.version[:2]


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """Who a member is and what it holds; sent in each round of introductions (a view has one, or more).

    `previous` is the last view before this round's. `state` is the fingerprint of the replicated state it holds
    (empty: none), `quorate` whether it comes from a quorate view, `established` whether the state ever did, `members`
    the members of the view that raised its term, `nodes` the nodes that its configuration names.
    """

    view: tuple[int, int]
    round: int
    name: str
    incarnation: Incarnation
    copy: Copy
    previous: tuple[int, int] = (0, 0)
    wall_s: int = 0
    state: str = ""
    quorate: bool = False
    established: bool = False
    members: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    software: tuple[int, int, int] = (0, 0, 0)
    cpus: int = 0
    protocol: tuple[int, int] = (PROTOCOL_MIN, PROTOCOL_MAX)


class Introduce(msgspec.Struct, frozen=True, tag="introduce"):
    """Begin a new round of introductions in this view: the sender is a joiner from here on."""

    view: tuple[int, int]
    reason: str = ""


class Exclude(msgspec.Struct, frozen=True, tag="exclude"):
    """These members are silent (hung): they count as lost until they introduce themselves again."""

    view: tuple[int, int]
    round: int
    nodes: tuple[int, ...]


class SnapshotPart(msgspec.Struct, frozen=True, tag="snapshot"):
    """One part of the replicated state as it was at the end of a round of introductions."""

    view: tuple[int, int]
    round: int
    index: int
    count: int
    data: bytes


class Ping(msgspec.Struct, frozen=True, tag="ping"):
    """A sign of life; `answer` asks every member for one."""

    answer: bool = False


class QuorumSeen(msgspec.Struct, frozen=True, tag="quorum"):
    """Quorum changed within the view; from the DC."""

    quorate: bool
    total_votes: int
    expected_votes: int
    needed_votes: int
    two_node: bool = False
    wait_for_all: bool = False
    waiting_for_all: bool = False


class StoredUpTo(msgspec.Struct, frozen=True, tag="stored"):
    """The sender's disk holds all configuration changes up to this number, in a copy of this term."""

    view: tuple[int, int]
    round: int
    number: int
    term: int


class Origin(msgspec.Struct, frozen=True):
    """Whose request a change answers: the node that was asked, its life, and the request's number there."""

    node: int
    life: str
    request: int


class ChangeEdits(msgspec.Struct, frozen=True, tag="edits"):
    """Change the configuration by edits. `based_on`: admin_epoch and epoch."""

    edits: tuple[Edit, ...]
    wall_s: int
    user: str = ""
    client: str = ""
    force: bool = False
    based_on: tuple[int, int] | None = None
    origin: Origin | None = None


class ChangeAttribute(msgspec.Struct, frozen=True, tag="attribute"):
    """Set an attribute of a node: a transient one, or a private or permanent one; `value` None deletes."""

    node: str
    name: str
    value: str | None
    wall_s: int
    private: bool = False
    permanent: bool = False
    dampening_ms: int | None = None
    origin: Origin | None = None


class FlushAttribute(msgspec.Struct, frozen=True, tag="flush"):
    """The dampening of this attribute is over: its values go to the CIB."""

    name: str


class Order(msgspec.Struct, frozen=True, tag="order"):
    """The DC orders an operation: `node` is whom the history belongs to, `runs_on` the member whose
    executor runs it (they differ for remote nodes). `lock_s`: since when the resource is locked to the node.
    `footing`: the membership and quorum that it was decided for; in another one it is refused.
    """

    node: str
    runs_on: str
    operation: executor.Operation
    wall_s: int
    cancel: bool = False
    lock_s: int = 0
    footing: int | None = None


class Results(msgspec.Struct, frozen=True, tag="results"):
    """What came of operations, from the node that ran them. `lost`: another member's word (of an answer that never
    came, of a failure that an operator pretends)."""

    node: str
    incarnation: Incarnation
    results: tuple[executor.Result, ...]
    wall_s: int
    lost: bool = False
    origin: Origin | None = None


class History(msgspec.Struct, frozen=True, tag="history"):
    """What a joiner's executor has: results, and operations that are running; it comes in parts of bounded size. The
    `first` replaces what was known, by the `last` all is told."""

    node: str
    incarnation: Incarnation
    results: tuple[executor.Result, ...]
    running: tuple[executor.Operation, ...]
    wall_s: int
    first: bool = True
    last: bool = True


class Forget(msgspec.Struct, frozen=True, tag="forget"):
    """Drop a resource's history (empty: every resource's) on a node (empty: all) with its failure counts.

    `failures_only` keeps the history of resources of which nothing failed. `counts_only`: clear_failcount (of one
    `task` and `interval_ms` if given). `history_only`: lrm_delete. `key` names the DC's action.
    """

    resource: str
    node: str
    wall_s: int
    failures_only: bool = False
    counts_only: bool = False
    history_only: bool = False
    task: str = ""
    interval_ms: int = 0
    key: str = ""
    origin: Origin | None = None


class Restart(msgspec.Struct, frozen=True, tag="restart"):
    """Make the scheduler restart a resource where it is active: its start no longer counts as being up to date."""

    resource: str
    node: str
    wall_s: int
    origin: Origin | None = None


class Mark(msgspec.Struct, frozen=True, tag="mark"):
    """Note which (remote) nodes are in maintenance; `key` names the DC's action."""

    maintenance: dict[str, bool]
    key: str = ""


class ShutDown(msgspec.Struct, frozen=True, tag="shutdown"):
    """The DC's do_shutdown: nothing runs on this node any more, it may leave."""

    node: str
    wall_s: int
    key: str = ""


class GiveUp(msgspec.Struct, frozen=True, tag="give-up"):
    """The DC waited long enough for a daemon that went alone: this life of its node is unclean from here on."""

    node: str
    incarnation: Incarnation
    wall_s: int


class Fencing(msgspec.Struct, frozen=True, tag="fencing"):
    """A fencing machine's own word to all others."""

    payload: dict[str, Any]


class StartAnyway(msgspec.Struct, frozen=True, tag="start-anyway"):
    """An operator's word at a cold start: do not wait for these nodes (none named: for any)."""

    nodes: tuple[str, ...]
    origin: Origin | None = None


class Fenced(msgspec.Struct, frozen=True, tag="fenced"):
    """What came of fencing, from the DC's fencing machine; it becomes status here, at one place of the order."""

    request: str
    target: str
    incarnation: str
    action: str
    ok: bool
    device: str = ""
    executed_by: str = ""
    client: str = ""
    reason: str = ""
    wall_s: int = 0


class AtRest(msgspec.Struct, frozen=True, tag="rest"):
    """The DC has nothing left to do (`rest`) after the first `applied` messages, or began a transition."""

    rest: bool
    applied: int
    transition: int = 0


class Poke(msgspec.Struct, frozen=True, tag="poke"):
    """Schedule again."""

    origin: Origin | None = None


Message = (
    Hello
    | Introduce
    | Exclude
    | SnapshotPart
    | Ping
    | QuorumSeen
    | StoredUpTo
    | ChangeEdits
    | ChangeAttribute
    | FlushAttribute
    | Order
    | Results
    | History
    | Forget
    | Restart
    | Mark
    | ShutDown
    | GiveUp
    | Fencing
    | Fenced
    | StartAnyway
    | AtRest
    | Poke
)

_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def encode(message: Message) -> bytes:
    """Return the message's bytes."""
    return _ENCODER.encode(message)


def decode(payload: bytes) -> Message:
    """Return the message in these bytes. Raises: RemoteProtocolError."""
    try:
        return _DECODER.decode(payload)
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError) as e:
        raise RemoteProtocolError(f"not a message of this protocol: {e}") from None
