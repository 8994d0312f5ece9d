"""Messages in pieces."""

from __future__ import annotations

import pytest

from standfast.director.realtime import Inbox, pack
from standfast.errors import RemoteProtocolError


def test_messages_come_whole_however_they_are_cut() -> None:
    """A configuration larger than the socket's buffer would be read as nonsense."""
    messages = [{"a": 1}, "x" * 5000, ("b", 2)]
    stream = b"".join(pack(message) for message in messages)
    for size in (1, 3, 4096, len(stream)):
        inbox = Inbox()
        taken = [message for at in range(0, len(stream), size) for message in inbox.take(stream[at : at + size])]
        assert taken == messages


def test_a_nonsensical_length_is_refused() -> None:
    """A process would wait for a gigabyte that never comes."""
    with pytest.raises(RemoteProtocolError):
        Inbox().take(b"\xff\xff\xff\xff")
