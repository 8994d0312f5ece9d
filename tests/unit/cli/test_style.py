"""Colours and tables."""

from __future__ import annotations

from standfast.cli.style import PLAIN, Style, Tone, table


def test_nothing_is_coloured_where_nobody_sees_it() -> None:
    """If this failed, files and pipes would be full of escape sequences."""
    assert PLAIN.paint("a", Tone.BAD) == "a"
    assert Style(colour=True).paint("a", Tone.GOOD) == "\x1b[32ma\x1b[0m"
    assert Style(colour=True).paint("a", None) == "a"


def test_columns_are_aligned() -> None:
    """If this failed, tables could not be read."""
    assert table([["a", "bb"], ["ccc", "d", "e"]]) == ["  a    bb", "  ccc  d   e"]
    assert table([]) == []
