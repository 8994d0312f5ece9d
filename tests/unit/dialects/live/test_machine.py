"""Files as the machine's half of reading keepalived.conf gives them: in pieces, never whole."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from standfast.dialects.live import machine as rules
from standfast.dialects.live.machine import Machine, Questioned, still_answers

WORDS = (
    b"real_server 10.0.0.1 80 {",
    b"}",
    b"",
    b"\r",
    b"# \xc3\xa4\xe2\x82\xac",
    b"# \xff\xfe",
    b"#\xe2\x82",
    b"x" * 90,
)


@pytest.fixture
def machine() -> Iterator[Machine]:
    """Return this machine; it holds a socket."""
    made = Machine()
    yield made
    made.close()


def texts() -> list[bytes]:
    """Return texts of many lines and few, with and without a last newline."""
    chance = random.Random(7)
    many = [b"\n".join(chance.choices(WORDS, k=chance.randrange(60))) for _ in range(60)]
    return [b"", b"\n", b"a", b"\na", b"a\n", b"a\n\n", b"y" * 200, *many]


@pytest.mark.parametrize("piece_bytes", [1, 7, 64, 1 << 16])
def test_lines_are_those_of_the_whole_text(
    tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch, piece_bytes: int
) -> None:
    """Where two pieces meet a line would be cut, or a letter of two bytes."""
    monkeypatch.setattr(rules, "_PIECE_BYTES", piece_bytes)
    for number, text in enumerate(texts()):
        path = tmp_path / str(number)
        path.write_bytes(text)
        assert machine.lines(str(path)) == text.decode(errors="surrogateescape").split("\n")


@pytest.mark.parametrize("lines_at_once", [1, 3, 2000])
def test_a_file_answers_the_same_until_it_changes(
    tmp_path: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch, lines_at_once: int
) -> None:
    """Each reload would read a big configuration again, or overlook that it changed."""
    monkeypatch.setattr(rules, "_LINES_AT_ONCE", lines_at_once)
    for number, text in enumerate(texts()):
        path = tmp_path / str(number)
        path.write_bytes(text)
        questioned = Questioned(machine)
        questioned.lines(str(path))
        assert still_answers(questioned.answers)
        path.write_bytes(text + b"\n")
        assert not still_answers(questioned.answers)
        path.unlink()
        assert not still_answers(questioned.answers)


def test_what_cannot_be_read_has_no_lines(tmp_path: Path, machine: Machine) -> None:
    """A folder where a file is included would end the reading with a traceback."""
    assert machine.lines(str(tmp_path)) is None
    assert machine.lines(str(tmp_path / "nothing")) is None
