"""The lab's power switch as fence agents see it: one request line, one answer line, over a Unix socket.

====== ============================================== ================
action what it does                                   answer
====== ============================================== ================
off    ends the node; answers when all of it is gone  ok
reboot the same, then boots it                        ok
on     boots it if it is off                          ok
status                                                ok on, ok off
list                                                  ok n1 n2 n3
====== ============================================== ================

Whatever was not done is answered with `no REASON`.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass

from standfast.errors import RemoteProtocolError

REQUEST_BYTES_MAX = 256


class Action(enum.StrEnum):
    """What a fence agent can ask for."""

    OFF = "off"
    REBOOT = "reboot"
    ON = "on"
    STATUS = "status"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `target` is a node's name, empty for `list`."""

    action: Action
    target: str = ""


@dataclass(frozen=True, slots=True)
class Fencing:
    """A node was switched off or on at somebody's request. Times are CLOCK_MONOTONIC in milliseconds."""

    target: str
    action: str
    asked_by: str
    asked_ms: float
    done_ms: float


def parse(line: bytes, names: Collection[str]) -> Request:
    """Return the request in a line. Raises: RemoteProtocolError if there is none."""
    words = line[:REQUEST_BYTES_MAX].decode("ascii", "replace").split()
    if not words or words[0] not in list(Action):
        raise RemoteProtocolError(f"unknown action; expected one of {', '.join(Action)}")
    action = Action(words[0])
    if action is Action.LIST:
        return Request(action)
    if len(words) != 2 or words[1] not in names:
        raise RemoteProtocolError(f"unknown target; expected one of {', '.join(names)}")
    return Request(action, words[1])


def ok(*words: str) -> bytes:
    """Return the answer to what was done."""
    return (" ".join(("ok", *words)) + "\n").encode()


def no(reason: str) -> bytes:
    """Return the answer to what was not done."""
    return f"no {' '.join(reason.split())}\n".encode()
