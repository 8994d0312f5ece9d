"""What a command asks of this node's agent, one JSON object a line over its Unix socket, and the answer."""

from __future__ import annotations

import msgspec


class Invite(msgspec.Struct, tag=True, frozen=True):
    """A token for one machine that may join within `ttl_s` seconds."""

    ttl_s: float = 3600.0


class Change(msgspec.Struct, tag=True, frozen=True):
    """A new corosync.conf, or with `path` another file, at every member.

    `base`: what it was made from; `leaving`: names of nodes that go; `force`: although nodes are absent.
    """

    text: str
    base: str = ""
    reload: bool = True
    leaving: tuple[str, ...] = ()
    force: bool = False
    path: str = ""
    mode: int = 0o644


class Query(msgspec.Struct, tag=True, frozen=True):
    """A question to members: `conf`, `facts`, or `run` with its words. `targets`: names, empty for all."""

    what: str
    words: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    timeout_s: float = 30.0


class Who(msgspec.Struct, tag=True, frozen=True):
    """Who this agent is, and who is in the group."""


Request = Invite | Change | Query | Who


class NodeAnswer(msgspec.Struct, frozen=True):
    """One member's answer; `error` says why there is none."""

    node: str
    text: str = ""
    error: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """What came of a request. `error` empty: it is done."""

    error: str = ""
    exit_status: int = 0
    answers: list[NodeAnswer] = []
    token: str = ""
    port: int = 0
    pid: int = 0
    members: list[str] = []


class Facts(msgspec.Struct, frozen=True):
    """What a member says of itself."""

    standfast: str
    corosync: str
    digest: str
    config_version: int
    quorate: bool
    wall_s: float
    links_down: list[str] = []
    mistakes: list[str] = []


_decoder = msgspec.json.Decoder(Request)


def read(data: bytes) -> Request:
    """Return a request. Raises: msgspec.DecodeError."""
    request: Request = _decoder.decode(data)
    return request
