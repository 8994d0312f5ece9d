"""Frames between daemons: what is sent is what is read, and nothing else is read."""

import random

import pytest

from standfast.errors import RemoteProtocolError
from standfast.messaging import MESSAGE_BYTES_MAX, cpg_frames, cpg_nouns

CUT = cpg_frames.FRAGMENT_BYTES


@pytest.mark.parametrize("size", [0, 1, CUT - 1, CUT, CUT + 1, 3 * CUT, 3 * CUT + 5])
def test_a_message_of_any_length_comes_out_as_it_went_in(size):
    """Broken, a document of an unlucky length would not travel."""
    payload = random.Random(size).randbytes(size)
    assembly, found = cpg_frames.Assembly(), []
    for parts in cpg_frames.cut(payload) if size > CUT else [cpg_frames.pack([payload])]:
        frame = cpg_frames.decode(b"".join(parts))
        found.append(frame.payloads[0] if isinstance(frame, cpg_nouns.Whole) else assembly.add(frame))
    assert found[-1] == payload
    assert found[:-1] == [None] * (len(found) - 1)
    assert not assembly.begun


@pytest.mark.parametrize("size", [0, 1, cpg_frames.APART_BYTES - 1, cpg_frames.APART_BYTES, CUT // 4])
def test_messages_that_go_together_come_out_as_they_went_in(size):
    """Broken, a burst would arrive as other messages, or in pieces too many for libcpg."""
    payloads = [random.Random(n).randbytes(size + n) for n in range(3)]
    parts = cpg_frames.pack(payloads)
    assert cpg_frames.decode(b"".join(parts)) == cpg_nouns.Whole(payloads)
    most = cpg_frames.pack([bytes(cpg_frames.APART_BYTES)] * (CUT // cpg_frames.APART_BYTES))
    assert len(parts) <= len(most) <= 63


@pytest.mark.parametrize("frame", [cpg_nouns.Hello(b"x" * 16, 1, 3, 7, 2), cpg_nouns.Close(b"y" * 16)])
def test_control_frames_are_read_back(frame):
    """Broken, nobody would get into a view."""
    assert cpg_frames.decode(cpg_frames.control(frame)) == frame


def test_parts_that_do_not_follow_are_dropped():
    """Broken, a joiner would make a message of the last parts of one and the first of another."""
    first = [cpg_frames.decode(b"".join(parts)) for parts in cpg_frames.cut(bytes(3 * CUT))]
    assembly = cpg_frames.Assembly()
    assert assembly.add(first[1]) is None
    assert assembly.add(first[2]) is None
    assert not assembly.begun
    assert [assembly.add(f) for f in (first[0], first[2], first[1], first[2])] == [None, None, None, bytes(3 * CUT)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"SF",
        b"XXw\x01hello",
        b"SFw\x00old",
        b"SFw\x09new",
        b"SF?\x01what",
        b"SFc\x01",
        b"SFc\x01\xff\xff",
        b"SFf\x01\0\0\0\0",
        b"SFp\x01\0\0",
        b"SFp\x01\0\0\0\0",
        b"SFp\x01\0\0\0\x02" + bytes(4),
        b"SFp\xff\xff\xff\xff" + bytes(8),
        b"SFp\x01\0\0\0\x01" + (5).to_bytes(4, "big") + b"four",
        b"SFp\x01\0\0\0\x01" + (3).to_bytes(4, "big") + b"four",
        b"SFf\x01" + (0).to_bytes(4, "big") + (10).to_bytes(4, "big") + b"too short",
        b"SFf\x01" + (9).to_bytes(4, "big") + (10).to_bytes(4, "big") + b"x",
        b"SFf\x01" + (0).to_bytes(4, "big") + (MESSAGE_BYTES_MAX + 1).to_bytes(4, "big") + bytes(CUT),
    ],
)
def test_rubbish_is_refused(data):
    """Broken, a peer's bytes would end a daemon or fill its memory."""
    with pytest.raises(RemoteProtocolError):
        cpg_frames.decode(data)


@pytest.mark.parametrize("hello", [(b"", 2, 1, 0, 0), (b"", 0, 1, 0, 0), (b"", 1, 1, -1, 0), (b"", 1, 1, 1 << 63, 0)])
def test_a_hello_that_cannot_be_is_refused(hello):
    """Broken, one peer could push the view numbers out of their range, or speak no version at all."""
    with pytest.raises(RemoteProtocolError):
        cpg_frames.decode(cpg_frames.control(cpg_nouns.Hello(*hello)))
