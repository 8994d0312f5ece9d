"""Messages on the wire."""

from __future__ import annotations

import json

import pytest

from standfast.errors import RemoteProtocolError
from standfast.fencing import Receipt, messages
from standfast.fencing.requests import Asker, Job, State, Step

JOB = Job("r1", "n3", "off", "n3.1", (Asker("r1", "root"),), 5, 6, 0.5, (Step(1, "d", "d", "off", "n1", True),))
RECEIPT = Receipt("r1", "n3", "n3.1", "off", True, "d", "n1", "root", "why", 7)


@pytest.mark.parametrize(
    "message",
    [
        messages.Requested(JOB, JOB.steps[0], 3),
        messages.Ordered(JOB.end_step(1, State.FAILED, "no"), Step(2, "d", "d", "off", "n2", delay_ms=9)),
        messages.Answered("r1", 1, True, "", 7, (RECEIPT,)),
        messages.Expired("r1", 1, "late"),
        messages.Ended("r1", False, "all failed", 7, (RECEIPT,)),
        messages.Confirmed("n3", "", "root", 7),
        messages.Asked("d", "n1", "status", "n3"),
        messages.Told("d", "list", "", True, "n1", ("n3",)),
        messages.State((JOB,), (RECEIPT,), ()),
    ],
)
def test_round_trip(message: messages.Said) -> None:
    """Two members would understand one message in two ways."""
    assert messages.parse(json.loads(json.dumps(messages.render(message)))) == message


@pytest.mark.parametrize(
    "payload", [{}, {"kind": 1}, {"kind": "answered"}, {"kind": "expired", "job": "r1", "number": "1", "reason": ""}]
)
def test_strange_payloads(payload: dict[str, object]) -> None:
    """A member's nonsense would end in a trace."""
    with pytest.raises(RemoteProtocolError):
        messages.parse(payload)
