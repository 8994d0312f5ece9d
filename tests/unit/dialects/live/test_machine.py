"""Files as the machine's half of reading keepalived.conf gives them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from standfast.dialects.live.machine import Machine, Questioned, still_answers


@pytest.fixture
def machine() -> Iterator[Machine]:
    """Return this machine; it holds a socket."""
    made = Machine()
    yield made
    made.close()


def test_a_file_answers_the_same_until_it_changes(tmp_path: Path, machine: Machine) -> None:
    """Each reload would read a big configuration again, or overlook that it changed."""
    for number, text in enumerate((b"", b"\n", b"a", b"a\n\xe4\xff", b"y" * (1 << 18))):
        path = tmp_path / str(number)
        path.write_bytes(text)
        questioned = Questioned(machine)
        assert questioned.content(str(path)) == text
        assert still_answers(questioned.answers)
        path.write_bytes(text + b"\n")
        assert not still_answers(questioned.answers)
        path.unlink()
        assert not still_answers(questioned.answers)


def test_what_cannot_be_read_has_no_content(tmp_path: Path, machine: Machine) -> None:
    """A folder where a file is included would end the reading with a traceback."""
    assert machine.content(str(tmp_path)) is None
    assert machine.content(str(tmp_path / "nothing")) is None
