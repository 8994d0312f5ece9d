"""Which director is asked."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from standfast.cli.live.director_socket import only_socket
from standfast.errors import RequestError


def test_the_dead_do_not_count(tmp_path: Path) -> None:
    """A director that was killed would stand in the way of the one that runs, and two that run be mixed up."""
    patterns = [str(tmp_path / "none.sock"), str(tmp_path / "d*.sock")]
    assert only_socket(patterns) == patterns[0]
    for name in ("d1", "d2", "d3"):
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(str(tmp_path / f"{name}.sock"))
            dead.listen()
    assert only_socket(patterns) == str(tmp_path / "d1.sock"), "asking it says that nobody answers"
    with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as other:
        for living, name in ((one, "d4"), (other, "d5")):
            living.bind(str(tmp_path / f"{name}.sock"))
        one.listen()
        assert only_socket(patterns) == str(tmp_path / "d4.sock")
        other.listen()
        with pytest.raises(RequestError, match=r"d4\.sock.*d5\.sock"):
            only_socket(patterns)
