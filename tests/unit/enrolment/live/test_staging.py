"""Files that are put in their place together, or not at all."""

import os
from pathlib import Path

import pytest

from standfast.enrolment.live import staging
from standfast.errors import LiveError


def names(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def test_all_are_in_their_place_with_their_modes(tmp_path: Path) -> None:
    """A key would be readable by everybody, or a file be torn."""
    staged = staging.Staged()
    staged.add(tmp_path / "new" / "conf", b"c", 0o644)
    staged.add(tmp_path / "new" / "key", b"k", 0o400)
    assert not (tmp_path / "new" / "conf").exists()
    staged.apply()
    assert names(tmp_path) == ["new", "new/conf", "new/key"]
    assert [(tmp_path / "new" / n).stat().st_mode & 0o777 for n in ("conf", "key")] == [0o644, 0o400]


def test_what_is_undone_is_as_it_was(tmp_path: Path) -> None:
    """A refused joiner would keep the cluster's key, or lose its own file."""
    old = tmp_path / "conf"
    old.write_bytes(b"old")
    old.chmod(0o600)
    staged = staging.Staged()
    staged.add(old, b"new", 0o644)
    staged.add(tmp_path / "made" / "key", b"k", 0o400)
    staged.apply()
    staged.undo()
    assert (old.read_bytes(), old.stat().st_mode & 0o777) == (b"old", 0o600)
    assert names(tmp_path) == ["conf"]


def test_what_cannot_be_staged_leaves_nothing(tmp_path: Path) -> None:
    """Half of the files would lie about."""
    (tmp_path / "file").write_bytes(b"")
    staged = staging.Staged()
    staged.add(tmp_path / "a", b"1", 0o644)
    with pytest.raises(LiveError):
        staged.add(tmp_path / "file" / "b", b"2", 0o644)
    assert names(tmp_path) == ["file"]


def test_what_is_discarded_leaves_nothing(tmp_path: Path) -> None:
    """Each refused change would leave a file beside corosync.conf."""
    staged = staging.Staged()
    staged.add(tmp_path / "deep" / "er" / "a", b"1", 0o644)
    staged.discard()
    assert names(tmp_path) == []


def test_what_a_killed_process_staged_is_taken_away(tmp_path: Path) -> None:
    """Files would gather beside corosync.conf."""
    staging.Staged().add(tmp_path / "conf", b"1", 0o644)
    assert len(names(tmp_path)) == 1
    staging.forget_staged(tmp_path / "conf")
    assert names(tmp_path) == []


def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    """A new machine could not join."""
    assert staging.current(tmp_path / "none") is None
    staging.write(tmp_path / "some", b"x", 0o600)
    assert staging.current(tmp_path / "some") == b"x"
    if os.geteuid():
        (tmp_path / "some").chmod(0)
        with pytest.raises(LiveError):
            staging.current(tmp_path / "some")
