"""The house's own rules, where no other tool watches them."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "standfast"
LIVE_ROOMS = {"daemons", "cli", "web", "lab", "sim"}
LIVE_MODULES = {
    "asyncio", "ctypes", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "select", "shutil",
    "signal", "socket", "subprocess", "tempfile", "threading", "time", "uuid",
}  # fmt: skip
MODULE_LINES_MAX = 700
FUNCTION_LINES_MAX = 80
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "base", "misc"}


def tracked(*patterns: str) -> list[Path]:
    """Return the files of this kind that git knows or would add; without a checkout the test is skipped."""
    if not (ROOT / ".git").exists():
        pytest.skip("these sources are no checkout of git: nobody can say which files are theirs")
    out = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [ROOT / name for name in out.split("\0") if name and (ROOT / name).is_file()]


SOURCES = sorted(SOURCE.rglob("*.py"))


def imports(tree: ast.Module) -> set[str]:
    """Return the first part of every absolute import's name."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def is_pure(path: Path) -> bool:
    """Return whether the module belongs to the pure part of its room."""
    parts = path.relative_to(SOURCE).parts
    return parts[0] not in LIVE_ROOMS and "live" not in parts


def test_pure_modules_do_not_touch_the_world() -> None:
    """A decision that reads a clock or a file by itself could not be replayed in the simulator."""
    wrong = {
        str(path.relative_to(ROOT)): sorted(imports(ast.parse(path.read_text())) & LIVE_MODULES)
        for path in SOURCES
        if is_pure(path)
    }
    assert {path: names for path, names in wrong.items() if names} == {}


def test_every_module_says_what_it_is() -> None:
    """A reader would have to guess."""
    assert [str(p.relative_to(ROOT)) for p in SOURCES if not ast.get_docstring(ast.parse(p.read_text()))] == []


def test_modules_and_functions_are_small() -> None:
    """Nobody could hold the module in mind."""
    long: list[str] = []
    for path in SOURCES:
        text = path.read_text()
        if text.count("\n") > MODULE_LINES_MAX:
            long.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines} lines")
    assert long == []


def test_names_say_something() -> None:
    """A drawer named `utils` collects what nobody finds again."""
    assert [str(p.relative_to(ROOT)) for p in SOURCES if p.stem in EMPTY_NAMES] == []


def test_nothing_speaks_of_the_machine_it_was_written_on() -> None:
    """A path of a developer's machine would be shipped to operators."""
    pattern = re.compile(r"(?<![\w.])/(?:home|root|[wf]or[kg]\w*)/\w|\bissue #?\d+\b|\b(?:TODO|FIXME|XXX|HACK)\b")
    found: list[str] = []
    for path in tracked("*.py", "*.md", "*.toml", "*.sh", "Makefile", "tools/*", ".ci/*"):
        if path == Path(__file__).resolve():
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            if pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number} {line.strip()[:80]}")
    assert found == []


def test_every_test_asserts() -> None:
    """A test that cannot fail proves nothing."""
    silent: list[str] = []
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            is_test = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
            if is_test and not any(_asserts(n) for n in ast.walk(node)):
                silent.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert silent == []


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    return isinstance(node, ast.Call) and bool(
        re.search(r"'(raises|fail|(assert|check|expect|verify)\w*)'", ast.dump(node.func))
    )


def test_unit_tests_mirror_the_source() -> None:
    """Nobody would find the test of a module."""
    lost: list[str] = []
    for path in sorted((ROOT / "tests" / "unit").rglob("test_*.py")):
        folder = path.relative_to(ROOT / "tests" / "unit").parent
        if folder.parts and not (SOURCE / folder).is_dir():
            lost.append(str(path.relative_to(ROOT)))
    assert lost == []


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE", "docs/glossary.md"])
def test_the_front_pages_are_there(name: str) -> None:
    """A newcomer would not know where to begin."""
    assert (ROOT / name).stat().st_size > 500
