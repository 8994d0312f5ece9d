"""The bytecode of a start in one file: it counts only for sources as they are, and nothing is worse without it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from standfast import compiled

ONE = "import sys; from standfast import compiled; compiled.bytecode.use(); from standfast import one\n"
TOLD = "print(type(one.__loader__).__name__, one.value, one.__file__, one.__cached__)"
KEPT = "\ncompiled.bytecode.keep()"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout of which one module and one package were gathered."""
    package = tmp_path / "src" / "standfast"
    (package / "two").mkdir(parents=True)
    shutil.copytree(Path(compiled.__file__).parent, package / "compiled")
    (package / "__init__.py").touch()
    (package / "one.py").write_text("value = 1\n")
    (package / "two" / "__init__.py").touch()
    (package / "two" / "three.py").write_text("value = 3\n")
    start(tmp_path, ONE + "from standfast.two import three" + KEPT)
    return tmp_path


def start(checkout: Path, code: str, *flags: str, **environment: str) -> list[str]:
    """Return the words that a start prints."""
    wanted = {"PYTHONPATH": str(checkout / "src"), "PATH": os.environ["PATH"], **environment}
    done = subprocess.run([sys.executable, *flags, "-c", code], env=wanted, capture_output=True, text=True, check=True)
    assert not done.stderr
    return done.stdout.split()


def gathered(checkout: Path) -> Path:
    """Return the file."""
    (found,) = (checkout / "src" / "standfast" / "__pycache__").glob("start.*.gathered*")
    return found


def test_a_start_comes_out_of_one_file(checkout: Path) -> None:
    """A director's table would stand later by what a hundred files take to be found, opened and read."""
    source = checkout / "src" / "standfast" / "one.py"
    cache = source.parent / "__pycache__" / f"one.{sys.implementation.cache_tag}.pyc"
    cache.unlink()
    assert start(checkout, ONE + TOLD) == ["Loader", "1", str(source), str(cache)]
    assert not cache.exists()


def test_a_package_is_one(checkout: Path) -> None:
    """Modules in it would not be found."""
    code = "from standfast import two; from standfast.two import three, four; print(type(three.__loader__).__name__, "
    (checkout / "src" / "standfast" / "two" / "four.py").write_text("")
    assert start(checkout, ONE + code + "type(four.__loader__).__name__, two.__path__)") == [
        "Loader", "SourceFileLoader", f"['{checkout}/src/standfast/two']"
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["value = 2\n", "value = 1\n\n"])
def test_what_was_edited_runs_as_it_is_written(checkout: Path, text: str) -> None:
    """A developer would look for a mistake in a text that is not what runs."""
    source = checkout / "src" / "standfast" / "one.py"
    source.write_text(text)
    os.utime(source, (1, 1))
    assert start(checkout, ONE + TOLD + KEPT)[:2] == ["SourceFileLoader", text.split()[2]]
    assert start(checkout, ONE + TOLD)[:2] == ["Loader", text.split()[2]]


def test_what_other_starts_need_stays(checkout: Path) -> None:
    """Two programs that start in turns would each write the file anew."""
    (checkout / "src" / "standfast" / "four.py").write_text("")
    start(checkout, ONE + "from standfast import four" + KEPT)
    code = "from standfast.two import three; print(type(three.__loader__).__name__)"
    assert start(checkout, ONE + code) == ["Loader"]


def test_who_imported_nothing_new_writes_nothing(checkout: Path) -> None:
    """Each start would write three megabytes."""
    before = gathered(checkout).stat().st_mtime_ns
    start(checkout, ONE + KEPT)
    (checkout / "src" / "standfast" / "four.py").write_text("")
    (checkout / "src" / "standfast" / "__pycache__" / f"four.{sys.implementation.cache_tag}.pyc").mkdir()
    start(checkout, ONE + "from standfast import four" + KEPT)  # of which there never is any bytecode
    assert gathered(checkout).stat().st_mtime_ns == before


@pytest.mark.parametrize("kept", [0, 4, 16, 100, -1])
def test_a_damaged_file_counts_as_none(checkout: Path, kept: int) -> None:
    """No command would start after a full disk."""
    path = gathered(checkout)
    path.write_bytes(path.read_bytes()[:kept])
    assert start(checkout, ONE + TOLD + KEPT)[:2] == ["SourceFileLoader", "1"]
    assert start(checkout, ONE + TOLD)[:2] == ["Loader", "1"]


def test_modules_are_those_that_would_be_found(checkout: Path, tmp_path: Path) -> None:
    """A module would come from another place than Python's rules say."""
    (tmp_path / "before").mkdir()
    both = f"{tmp_path}/before:{checkout}/src"
    assert start(checkout, ONE + TOLD, PYTHONPATH=both)[0] == "SourceFileLoader"


def test_who_wants_no_caches_gets_none(checkout: Path) -> None:
    """A package's folder would change under who asked Python to leave it as it is."""
    gathered(checkout).unlink()
    start(checkout, ONE + KEPT, "-B")
    assert not list(checkout.rglob("*.gathered*"))


def test_where_it_cannot_be_written_nothing_is_said(checkout: Path) -> None:
    """A start on a read-only system would fail, or complain."""
    path = gathered(checkout)
    path.unlink()
    path.mkdir()
    (path / "file").touch()
    assert start(checkout, ONE + TOLD + KEPT)[:2] == ["SourceFileLoader", "1"]
    assert path.is_dir()
    assert [each.name for each in path.parent.glob("start*")] == [path.name]


def test_afterwards_everything_is_as_ever(checkout: Path) -> None:
    """A daemon would hold a file open for ever, and could not be asked for its code."""
    code = "\nimport os, importlib; importlib.reload(one); print(len(os.listdir('/proc/self/fd')), len(sys.meta_path))"
    ends = start(checkout, ONE + KEPT + code)
    assert ends == start(checkout, "import sys; from standfast import compiled, one" + code)
