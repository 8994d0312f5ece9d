"""Bounded output."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from standfast.agents import Tail


def test_keeps_the_end() -> None:
    """The last words of an agent that talks a lot would be lost, with the reason in them."""
    tail = Tail(8)
    for part in (b"0123", b"4567", b"89ab"):
        tail.add(part)
    assert tail.text() == "[… cut …]456789ab"
    assert tail.total == 12


def test_short_output_is_whole() -> None:
    """Every output would be marked as cut."""
    tail = Tail(8)
    tail.add(b"12345678")
    assert tail.text() == "12345678"
    assert Tail(8).text() == ""


def test_garbage_is_text_all_the_same() -> None:
    """An agent that prints binary data would end the daemon, or its NULs would break the CIB's XML."""
    tail = Tail(100)
    tail.add(b"\xff\xfe\0ok")
    assert "ok" in tail.text()
    assert "\0" not in tail.text()


@given(st.lists(st.binary(max_size=50), max_size=30), st.integers(1, 40))
def test_is_the_end_of_all(parts: list[bytes], limit: int) -> None:
    """Parts would be lost or doubled at their joints, or memory would grow with the output."""
    tail = Tail(limit)
    for part in parts:
        tail.add(part)
    whole = b"".join(parts)
    expected = whole[-limit:].decode("utf-8", "replace").replace("\0", "\N{SYMBOL FOR NULL}")
    assert tail.text() == ("[… cut …]" if len(whole) > limit else "") + expected
    assert sum(map(len, tail._parts)) < 2 * limit + 50
