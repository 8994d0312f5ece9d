"""The replicated state: what every member holds, the same to the last byte.

It changes only at places of the agreed order, by functions of the state and of what stands at that place. No clock,
no local fact enters it.
"""

from __future__ import annotations

import hashlib
import struct
from typing import Any

import msgspec
from lxml import etree

from standfast import cib
from standfast.controller.messages import Fenced, Incarnation, Order
from standfast.errors import RemoteProtocolError

RECEIPTS_MAX = 100


class Member(msgspec.Struct):
    """A node whose daemon takes part. `since` is the era in which it got the state (a lower one has it longer).

    `known`: its executor's history has arrived.
    """

    id: int
    name: str
    incarnation: Incarnation
    since: int
    software: tuple[int, int, int] = (0, 0, 0)
    known: bool = False
    cpus: int = 0


class Departed(msgspec.Struct):
    """A node that left without having stopped. `returning`: its daemon alone is gone, and is waited for; `known`:
    what it ran is in the status, because it was probed."""

    id: int
    name: str
    incarnation: Incarnation
    returning: bool
    known: bool = True


class Replica(msgspec.Struct):
    """The state.

    `term` was raised by the last quorate view, and is on the disks of the members `knowing`; `voters` are its
    members, and who was lost and not fenced then; `carried`: enough disks take part (see `carrying`, also for
    `two_node` and `needed_disks`); `established`: the state comes from a quorate view (else from the copies of a
    minority); `change_term`: the term of the last change of the configuration; `forced`: it was changed while it
    was not carried, or the term not known to enough disks, and had `base` (admin_epoch and epoch) before. `state`
    is a digest over all that was applied. `era` counts the times that members got the state, `footing` the changes
    of membership and quorum, `applied` the messages, `changes` the changes of the configuration. `incarnations` has
    the last life of every node ever seen, `given_up` configured nodes that never came, `leaving` nodes that may go.
    `held` are attribute values whose dampening is not over. `pending` has the orders that are not answered, by node
    and operation.
    """

    document: cib.Document
    term: int = 0
    voters: tuple[str, ...] = ()
    quorate: bool = False
    carried: bool = False
    two_node: bool = False
    needed_disks: int = 1
    established: bool = False
    forced: bool = False
    change_term: int = 0
    knowing: list[int] = []
    base: tuple[int, int] = (0, 0)
    state: str = ""
    era: int = 0
    footing: int = 0
    applied: int = 0
    changes: int = 0
    members: dict[int, Member] = {}
    departed: dict[str, Departed] = {}
    incarnations: dict[str, Incarnation] = {}
    given_up: list[str] = []
    leaving: list[str] = []
    private: dict[str, dict[str, str]] = {}
    dampening_ms: dict[str, int] = {}
    held: dict[str, dict[str, str | None]] = {}
    pending: dict[str, Order] = {}
    receipts: list[Fenced] = []

    def advance(self, sender: int, payload: bytes) -> None:
        """Note in `state` that this was applied."""
        digest = hashlib.blake2b(payload, digest_size=16, key=self.state.encode(), salt=sender.to_bytes(8, "big"))
        self.state = digest.hexdigest()
        self.applied += 1

    def fingerprint(self) -> str:
        """Return what tells this state from every other: its path, and its document as it is."""
        return hashlib.blake2b(self.document.render(), digest_size=16, key=self.state.encode()).hexdigest()

    def member(self, name: str) -> Member | None:
        """Return the member of this name; None if it is none."""
        return next((m for m in self.members.values() if m.name == name), None)

    def names(self) -> tuple[str, ...]:
        """Return the members' names, by id."""
        return tuple(m.name for _, m in sorted(self.members.items()))


def _out(value: Any) -> Any:
    assert isinstance(value, cib.Document)
    return b""


def _in(wanted: type, value: Any) -> Any:
    assert wanted is cib.Document
    return cib.Document.empty()


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_out)
_DECODER: msgspec.msgpack.Decoder[Replica] = msgspec.msgpack.Decoder(Replica, dec_hook=_in)
_SIZE = struct.Struct(">I")


def dump(replica: Replica) -> bytes:
    """Return the whole state as bytes: the length of all but the document, that, and the document's text."""
    rest = _ENCODER.encode(replica)
    return _SIZE.pack(len(rest)) + rest + replica.document.render()


def load(data: bytes) -> Replica:
    """Return the state in these bytes. Raises: RemoteProtocolError."""
    loader = Loader()
    loader.feed(data)
    return loader.close()


class Loader:
    """Takes what `dump` returned in pieces, so that none of them takes long. Raises: RemoteProtocolError."""

    def __init__(self) -> None:
        self._head = b""
        self._replica: Replica | None = None
        self._parser = cib.Document.parser()

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        if self._replica is None:
            self._head += data
            end = _SIZE.size + (_SIZE.unpack_from(self._head)[0] if len(self._head) >= _SIZE.size else 0)
            if len(self._head) < max(end, _SIZE.size + 1):
                return
            self._replica, data = self._decoded(self._head[_SIZE.size : end]), self._head[end:]
        try:
            if data:
                self._parser.feed(data)
        except etree.XMLSyntaxError as e:
            raise RemoteProtocolError(f"no replicated document: {e}") from None

    @staticmethod
    def _decoded(data: bytes) -> Replica:
        try:
            return _DECODER.decode(data)
        except (msgspec.MsgspecError, ValueError, TypeError) as e:
            raise RemoteProtocolError(f"no replicated state: {e}") from None

    def close(self) -> Replica:
        """Return the state, which is whole now."""
        if self._replica is None:
            raise RemoteProtocolError("no replicated state: it is too short")
        try:
            self._replica.document = cib.Document(self._parser.close())
        except etree.XMLSyntaxError as e:
            raise RemoteProtocolError(f"no replicated document: {e}") from None
        return self._replica


def pending_key(node: str, order: Order) -> str:
    """Return the name under which an unanswered order is kept."""
    return f"{node}/{'cancel ' if order.cancel else ''}{order.operation.key}"
