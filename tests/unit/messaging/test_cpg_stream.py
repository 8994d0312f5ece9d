"""Messages that were cast, until they are back."""

import pytest

from standfast.errors import LocalProtocolError
from standfast.messaging import MESSAGE_BYTES_MAX, ViewId, cpg_frames
from standfast.messaging.cpg_events import Process
from standfast.messaging.cpg_stream import WINDOW_BYTES, Stream

ME = Process(1, 10)
VIEW = ViewId(1, 1)
LONG = bytes(2 * cpg_frames.FRAGMENT_BYTES)


def frames(stream: Stream) -> list[bytes]:
    return [b"".join(parts) for parts in iter(stream.next_frame, None)]


def back(stream: Stream, sent: list[bytes]) -> list[bytes]:
    return [d.payload for frame in sent for d in stream.take(VIEW, ME, cpg_frames.decode(frame))]


def test_nothing_is_sent_behind_a_long_message():
    """Broken, a long message that has to be sent again would come after those cast later."""
    stream = Stream(ME)
    for payload in (b"a", LONG, b"b"):
        stream.cast(payload, in_view=True)
    first = frames(stream)
    assert len(first) == 3
    assert frames(stream) == []
    assert back(stream, first) == [b"a", LONG]
    assert back(stream, frames(stream)) == [b"b"]
    assert stream.backlog_bytes == 0


def test_what_cannot_be_sent_is_refused_and_not_counted():
    """Broken, a sender would hold back for ever for what was never sent."""
    stream = Stream(ME)
    with pytest.raises(LocalProtocolError):
        stream.cast(b"x", in_view=False)
    with pytest.raises(LocalProtocolError):
        stream.cast(bytes(MESSAGE_BYTES_MAX + 1), in_view=True)
    assert stream.backlog_bytes == 0


def test_a_long_message_is_sent_again_only_if_a_joiner_missed_its_beginning():
    """Broken, a message would be delivered twice, or not at all."""
    stream = Stream(ME)
    stream.cast(LONG, in_view=True)
    first = frames(stream)
    stream.enter(frozenset({ME}), with_joiners=True)
    assert frames(stream) == []
    assert back(stream, first[:1]) == []
    stream.enter(frozenset({ME}), with_joiners=False)
    assert frames(stream) == []
    stream.enter(frozenset({ME, Process(2, 1)}), with_joiners=True)
    again = frames(stream)
    assert again == first
    assert back(stream, [*first[1:], *again]) == [LONG]


def test_short_messages_go_together():
    """Broken, a burst would cost as many calls of Corosync as it has messages, or would come back in another order."""
    stream, short = Stream(ME), [b"", b"a", bytes(cpg_frames.FRAGMENT_BYTES - 9), b"b", b"c"]
    for payload in short:
        stream.cast(payload, in_view=True)
    sent = frames(stream)
    assert [len(cpg_frames.decode(frame).payloads) for frame in sent] == [3, 2]
    found = [d for frame in sent for d in stream.take(VIEW, ME, cpg_frames.decode(frame))]
    assert [d.payload for d in found] == short
    assert [d.position for d in found] == [1, 2, 3, 4, 5]
    assert stream.backlog_bytes == 0


def test_no_more_is_under_way_than_corosync_takes_gladly():
    """Broken, a burst would fill Corosync's queue, and everybody would wait until it is empty."""
    stream, size = Stream(ME), cpg_frames.FRAGMENT_BYTES
    count = 2 * WINDOW_BYTES // size
    for n in range(count):
        stream.cast(bytes([n]) * size, in_view=True)
    sent = frames(stream)
    assert len(sent) * size == WINDOW_BYTES
    assert back(stream, sent[:1]) == [bytes(size)]
    assert len(frames(stream)) == 1
    assert stream.backlog_bytes == (count - 1) * size
