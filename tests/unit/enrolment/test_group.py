"""Frames of the process group."""

import os

import pytest

from standfast.enrolment import group
from standfast.errors import RemoteProtocolError

KEY = group.key_of(b"secret")


def test_a_frame_is_read_by_who_has_the_key() -> None:
    """Members could not talk to each other."""
    message = group.Propose("a", "/x", b"text", "", frozenset({1, 2}))
    assert group.read(group.frame(message, KEY, 1, 77), KEY, 1, 77) == message


def test_forged_repeated_and_broken_frames_are_refused() -> None:
    """A user who may speak to Corosync could run commands as root on every node."""
    frame = group.frame(group.Ask("a", "run", ("id",)), KEY, 1, 77)
    for data, node, pid in (
        (frame, 1, 78),
        (frame, 2, 77),
        (frame[:-1] + b"!", 1, 77),
        (b"", 1, 77),
        (os.urandom(99), 1, 77),
    ):
        with pytest.raises(RemoteProtocolError, match="not signed"):
            group.read(data, KEY, node, pid)
    with pytest.raises(RemoteProtocolError):
        group.read(group.frame(group.Vote("a"), group.key_of(b"other"), 1, 1), KEY, 1, 1)
