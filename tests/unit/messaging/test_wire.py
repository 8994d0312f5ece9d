"""Frames of the embedded engine."""

import contextlib

import pytest
from hypothesis import given, strategies

from standfast import messaging
from standfast.errors import RemoteProtocolError
from standfast.messaging import wire
from standfast.messaging.live import anchor

VIEW = messaging.ViewId(7, 2)
QUORUM = messaging.Quorum(True, 2, 3, 2, False, True, False)


@pytest.mark.parametrize(
    "event",
    [
        messaging.Delivered(VIEW, 3, 1, b"\x00\xff"),
        messaging.TransitionalView(frozenset({1, 2})),
        messaging.RegularView(
            VIEW,
            (messaging.Node(1, "a"), messaging.Node(2, "b")),
            frozenset({1}),
            frozenset({1}),
            ((2, messaging.Why.PROCESS_DOWN),),
            QUORUM,
        ),
        messaging.QuorumChanged(QUORUM),
    ],
)
def test_events_travel_unchanged(event):
    """Broken, a daemon would see another view than the one that was made."""
    body = wire.encode(wire.from_event(event))[4:]
    assert wire.to_event(wire.decode_down(body), VIEW) == event


@given(strategies.lists(strategies.binary(max_size=50)), strategies.integers(1, 7))
def test_splitter_finds_frames_in_any_pieces(payloads, size):
    """Broken, a frame that arrives in two pieces would be lost or torn."""
    stream = b"".join(wire.encode(wire.Cast(payload)) for payload in payloads)
    splitter = wire.Splitter()
    found = [body for i in range(0, len(stream), size) for body in splitter.feed(stream[i : i + size])]
    assert [wire.decode_up(body) for body in found] == [wire.Cast(payload) for payload in payloads]


@given(strategies.binary(max_size=200))
def test_any_bytes_are_refused_or_understood(data):
    """Broken, a peer's bytes could end the sequencer."""
    with contextlib.suppress(RemoteProtocolError):
        assert all(wire.decode_up(body) for body in wire.Splitter(1000).feed(data))


def test_long_frame_is_refused_before_it_is_held():
    """Broken, four bytes could make the sequencer wait for four gigabytes."""
    with pytest.raises(RemoteProtocolError):
        list(wire.Splitter().feed(b"\xff\xff\xff\xff"))


def test_anchor_written_by_hand_is_a_hello():
    """Broken, a lab's init could not hold its node's presence."""
    assert wire.decode_up(anchor.hello(70000)[4:]) == wire.Hello(wire.PROTOCOL, "anchor", 70000)
    assert len(anchor.hello(1)) == 4 + int.from_bytes(anchor.hello(1)[:4], "big")
