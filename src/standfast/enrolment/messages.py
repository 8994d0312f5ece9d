"""What a machine that joins and a member say to each other, one JSON object a line, over TLS.

joiner                          member
Hello                    →
                         ←      Refused, or Files (the node is in all members' nodelists by then)
Written, or Failed       →      (Failed, or silence: the node is taken out again)
                         ←      Welcome
"""

from __future__ import annotations

import msgspec

from standfast.errors import RemoteProtocolError

PROTOCOL = 1
LINE_BYTES_MAX = 1 << 20


class Hello(msgspec.Struct, tag=True, frozen=True):
    """Who wants to join. `cluster`: the name that is expected, empty for any; `addresses` by link, from 0."""

    protocol: int
    secret: bytes
    node: str
    addresses: list[str]
    cluster: str = ""
    standfast: str = ""
    corosync: str = ""


class Refused(msgspec.Struct, tag=True, frozen=True):
    """Why not, and what to do. `exit_status` is what the joiner's command ends with."""

    reason: str
    cure: str
    exit_status: int = 1


class Files(msgspec.Struct, tag=True, frozen=True):
    """What makes a machine a member."""

    cluster: str
    node_id: int
    conf: str
    authkey: bytes


class Written(msgspec.Struct, tag=True, frozen=True):
    """The joiner has the files on its disk."""


class Failed(msgspec.Struct, tag=True, frozen=True):
    """The joiner has not, and is as it was."""

    reason: str


class Welcome(msgspec.Struct, tag=True, frozen=True):
    """The token is used up; the joiner may start."""


ToMember = Hello | Written | Failed
ToJoiner = Refused | Files | Welcome
_to_member = msgspec.json.Decoder(ToMember)
_to_joiner = msgspec.json.Decoder(ToJoiner)


def line(message: ToMember | ToJoiner) -> bytes:
    """Return a message as it is sent."""
    return msgspec.json.encode(message) + b"\n"


def to_member(data: bytes) -> ToMember:
    """Return what a joiner said. Raises: RemoteProtocolError."""
    try:
        message: ToMember = _to_member.decode(data)
    except msgspec.DecodeError as error:
        raise RemoteProtocolError(f"not understood: {error}") from None
    return message


def to_joiner(data: bytes) -> ToJoiner:
    """Return what a member said. Raises: RemoteProtocolError."""
    try:
        message: ToJoiner = _to_joiner.decode(data)
    except msgspec.DecodeError as error:
        raise RemoteProtocolError(f"not understood: {error}") from None
    return message
