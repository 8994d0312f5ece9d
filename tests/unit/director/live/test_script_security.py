"""What root runs, nobody else may change."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from standfast.director.checks import Script
from standfast.director.live import script_security


@pytest.fixture
def place() -> Iterator[Path]:
    """Return a script of root's in a folder that only root can change."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    with tempfile.TemporaryDirectory(dir="/usr/local") as folder:
        path = Path(folder) / "check"
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        yield path


def test_a_script_of_roots_may_run(place: Path) -> None:
    """No script would run at all."""
    assert script_security.trouble(Script((str(place),))) == ""
    assert script_security.trouble(Script((str(place),), "root")) == ""


def test_a_script_that_others_can_change_may_not(place: Path) -> None:
    """Any user of the machine could have root run what he likes."""
    place.chmod(0o757)
    assert "others than root" in script_security.trouble(Script((str(place),)))
    place.chmod(0o775)
    assert script_security.trouble(Script((str(place),))) == ""
    os.chown(place, 0, 1)
    assert str(place) in script_security.trouble(Script((str(place),)))
    os.chown(place, 1, 0)
    assert str(place) in script_security.trouble(Script((str(place),)))
    assert script_security.trouble(Script((str(place),), "nobody")) == ""


def test_nor_one_in_a_folder_that_others_can_change(place: Path) -> None:
    """The script could be replaced."""
    place.parent.chmod(0o777)
    assert str(place.parent) in script_security.trouble(Script((str(place),)))
    place.parent.chmod(0o777 | stat.S_ISVTX)
    assert script_security.trouble(Script((str(place),))) == ""


def test_nor_one_behind_a_link(place: Path) -> None:
    """A link would hide the folder that others can change."""
    inner = place.parent / "open"
    inner.mkdir()
    inner.chmod(0o777)
    (inner / "real").write_text("")
    (inner / "real").chmod(0o755)
    link = place.parent / "link"
    link.symlink_to(inner / "real")
    assert str(inner) in script_security.trouble(Script((str(link),)))


def test_one_that_is_not_there(place: Path) -> None:
    """Somebody could put it there."""
    assert "cannot be executed" in script_security.trouble(Script((str(place) + "x",)))


def test_one_of_the_search_path(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without a path would get round the look."""
    monkeypatch.setenv("PATH", str(place.parent))
    assert script_security.trouble(Script(("check",))) == ""
    place.parent.chmod(0o777)
    assert str(place.parent) in script_security.trouble(Script(("check",)))


def test_one_that_becomes_root(place: Path) -> None:
    """A program that is root's whoever runs it could be another one."""
    place.parent.chmod(0o777)
    assert script_security.trouble(Script((str(place),), "nobody")) == ""
    place.chmod(0o4755)
    assert str(place.parent) in script_security.trouble(Script((str(place),), "nobody"))
