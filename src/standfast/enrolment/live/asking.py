"""A command's connection to this node's agent."""

from __future__ import annotations

import socket

import msgspec

from standfast.enrolment import requests
from standfast.enrolment.live.places import Places
from standfast.errors import Exit, RequestError


def ask(places: Places, request: requests.Request, limit_s: float = 120.0) -> requests.Outcome:
    """Return what came of a request. Raises: RequestError if it was refused, or no agent answers."""
    outcome = _ask(places, request, limit_s)
    if outcome.error:
        known = outcome.exit_status in tuple(Exit)
        raise RequestError(outcome.error, Exit(outcome.exit_status) if known else Exit.ERROR)
    return outcome


def _ask(places: Places, request: requests.Request, limit_s: float) -> requests.Outcome:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(limit_s)
            connection.connect(str(places.socket))
            connection.sendall(msgspec.json.encode(request) + b"\n")
            with connection.makefile("rb") as lines:
                return msgspec.json.decode(lines.readline(), type=requests.Outcome)
    except PermissionError:
        raise RequestError("only root may change the cluster", Exit.NO_PERMISSION) from None
    except TimeoutError:
        raise RequestError("this node's agent does not answer in time", Exit.TIMEOUT) from None
    except (OSError, msgspec.DecodeError):
        raise RequestError(
            "the cluster does not run on this machine: no agent answers (standfast cluster start)", Exit.DISCONNECTED
        ) from None


def who(places: Places) -> requests.Outcome | None:
    """Return who the agent is, None if there is none."""
    try:
        return ask(places, requests.Who(), 5.0)
    except RequestError:
        return None
