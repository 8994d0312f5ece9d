"""What members of the process group say to each other, and the events and effects of `agreement`.

A frame is a MAC and a message. The key comes from the cluster's authkey, which only root can read, and the MAC covers
the sender as Corosync says it: who may speak to Corosync and is not root can neither make a frame nor repeat one.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

import msgspec

from standfast.errors import RemoteProtocolError

NAME = "standfast-cluster"
MAC_BYTES = 32
FILE_BYTES_MAX = 512 * 1024


class Propose(msgspec.Struct, tag=True, frozen=True):
    """A new file at every member.

    `base`: SHA-256 of what stands there now, empty for any; `voters`: the members that have to agree; `leaving`: node
    ids that take their own files away instead and go, after which the others reload; `reload`: Corosync reads it then.
    """

    id: str
    path: str
    text: bytes
    base: str
    voters: frozenset[int]
    leaving: frozenset[int] = frozenset()
    reload: bool = False
    mode: int = 0o644


class Vote(msgspec.Struct, tag=True, frozen=True):
    """One member can do it, or why not."""

    id: str
    error: str = ""


class Done(msgspec.Struct, tag=True, frozen=True):
    """One member did it, or why not."""

    id: str
    error: str = ""


class Ask(msgspec.Struct, tag=True, frozen=True):
    """A question to members: `conf`, `facts` or `run` with its words. `targets`: node ids, empty for all."""

    id: str
    what: str
    words: tuple[str, ...] = ()
    targets: frozenset[int] = frozenset()
    timeout_s: float = 30.0


class Answer(msgspec.Struct, tag=True, frozen=True):
    """One member's answer, or why there is none."""

    id: str
    text: str = ""
    error: str = ""


Message = Propose | Vote | Done | Ask | Answer
_decoder = msgspec.msgpack.Decoder(Message)


def key_of(authkey: bytes) -> bytes:
    """Return the key of the MACs, from the cluster's authkey."""
    return hashlib.sha256(b"standfast cluster files\0" + authkey).digest()


def frame(message: Message, key: bytes, node_id: int, pid: int) -> bytes:
    """Return a message as it is multicast by this process."""
    body = msgspec.msgpack.encode(message)
    return _mac(body, key, node_id, pid) + body


def read(data: bytes, key: bytes, node_id: int, pid: int) -> Message:
    """Return the message of a frame that Corosync says came from this process. Raises: RemoteProtocolError."""
    mac, body = data[:MAC_BYTES], data[MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(body, key, node_id, pid)):
        raise RemoteProtocolError(f"a frame of node {node_id} that is not signed with this cluster's key")
    try:
        message: Message = _decoder.decode(body)
    except msgspec.DecodeError as error:
        raise RemoteProtocolError(f"a frame of node {node_id} that is not understood: {error}") from None
    return message


def _mac(body: bytes, key: bytes, node_id: int, pid: int) -> bytes:
    return hmac.digest(key, node_id.to_bytes(4, "big") + pid.to_bytes(4, "big") + body, "sha256")


# --- events


@dataclass(frozen=True, slots=True)
class Members:
    """In the agreed order: the node ids of the group."""

    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Ring:
    """The node ids of Corosync's ring, which a node leaves a moment after the group. In no order with other events."""

    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Delivered:
    """In the agreed order: a message and the node it is of."""

    sender: int
    message: Message


@dataclass(frozen=True, slots=True)
class Requested:
    """Somebody here wants a change, or an answer."""

    body: Propose | Ask


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file is staged here, or why not."""

    id: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """A file is in its place here, or why not."""

    id: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """Corosync has read its files again, or why not."""

    id: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Performed:
    """A question is answered here."""

    id: str
    text: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Expired:
    """A question of ours, or a change, has waited long enough."""

    id: str


Event = Members | Ring | Delivered | Requested | Prepared | Applied | Reloaded | Performed | Expired


# --- effects


@dataclass(frozen=True, slots=True)
class Multicast:
    """Send to the group."""

    message: Message


@dataclass(frozen=True, slots=True)
class Prepare:
    """Stage a file; then `Prepared`."""

    body: Propose


@dataclass(frozen=True, slots=True)
class Apply:
    """Put the staged file in its place; then `Applied`."""

    body: Propose


@dataclass(frozen=True, slots=True)
class Discard:
    """Forget the staged file."""

    body: Propose


@dataclass(frozen=True, slots=True)
class Reload:
    """Let Corosync read its files again on all nodes; then `Reloaded`."""

    id: str


@dataclass(frozen=True, slots=True)
class Perform:
    """Answer a question; then `Performed`."""

    body: Ask


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a request of this node. `in_place`: the file is, although there is an error."""

    id: str
    error: str = ""
    in_place: bool = False
    answers: dict[int, Answer] = field(default_factory=dict)


Effect = Multicast | Prepare | Apply | Discard | Reload | Perform | Reply
