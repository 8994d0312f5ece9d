"""What controllers say to each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast import agents, cib, executor
from standfast.controller import messages
from standfast.errors import RemoteProtocolError

OPERATION = executor.Operation(
    "vip", agents.AgentName("ocf", "IPaddr2", "heartbeat"), "start", 0, 20000, "4:1:0:life", parameters={"ip": "::1"}
)
RESULT = executor.Result(OPERATION, 7, 0, agents.ExecutionStatus.DONE, digests={"op-digest": "x"})
INCARNATION = messages.Incarnation("boot", "life")
SAID = (
    messages.Hello((1, 2), 1, "n1", INCARNATION, messages.Copy(3, True, (0, 5, 2)), members=("n1",)),
    messages.ChangeEdits((cib.Edit("delete", xpath="//x"),), 5, origin=messages.Origin(1, "life", 3)),
    messages.Order("n1", "n1", OPERATION, 5),
    messages.Results("n1", INCARNATION, (RESULT,), 5),
    messages.History("n1", INCARNATION, (RESULT,), (OPERATION,), 5),
    messages.Fencing({"kind": "order", "steps": [1, {"a": None}]}),
    messages.SnapshotPart((1, 2), 1, 0, 1, b"\x00\xff"),
)


@pytest.mark.parametrize("message", SAID, ids=lambda m: type(m).__name__)
def test_a_message_arrives_as_it_was_sent(message: messages.Message) -> None:
    """An order would reach the executor with other parameters than the scheduler gave it."""
    assert messages.decode(messages.encode(message)) == message


@given(st.binary(max_size=60))
def test_garbage_is_refused_and_kills_nobody(data: bytes) -> None:
    """A peer's bytes would end every daemon of the cluster at once."""
    try:
        messages.decode(data)
    except RemoteProtocolError:
        return
    assert isinstance(messages.decode(data), messages.Message)


@given(st.integers(0, 200), st.integers(0, 255))
def test_a_torn_message_is_refused_and_kills_nobody(at: int, byte: int) -> None:
    """One flipped byte would end every daemon of the cluster at once."""
    data = bytearray(messages.encode(SAID[3]))
    data[at % len(data)] = byte
    try:
        found = messages.decode(bytes(data))
    except RemoteProtocolError:
        return
    assert isinstance(found, messages.Message)
