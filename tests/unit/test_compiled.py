"""Which form of the modules runs: the compiled one only if it is of these very sources, and with the same results."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from standfast import compiled

SAMPLES = sorted((Path(__file__).parent / "dialects" / "keepalived" / "samples").rglob("*.conf"))
ROOT = Path(__file__).resolve().parents[2]
CASES = sorted((ROOT / "tests" / "golden" / "scheduler").glob("*/*.xml"))
PROBE = (
    "import sys; from standfast import compiled; compiled.install('scheduler'); print(type(sys.meta_path[0]).__name__)"
)
STAMP_IT = """
import os
from standfast import compiled
os.makedirs(compiled.BUILDS)
paths = ["standfast/one.py"]
text = compiled.stamp(compiled.digest_of(paths), "build", ["standfast.one"], compiled.lines_of(paths))
open(compiled.stamp_of("scheduler"), "w").write(text)
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout with one module, and the stamp of a build of it."""
    package = tmp_path / "src" / "standfast"
    package.mkdir(parents=True)
    shutil.copytree(Path(compiled.__file__).parent, package / "compiled")
    (package / "__init__.py").touch()
    (package / "one.py").write_text("value = 1\n")
    run(tmp_path, STAMP_IT)
    return tmp_path


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """Return the program that compiles."""
    spec = importlib.util.spec_from_file_location("compile_modules", ROOT / "tools" / "compile_modules.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass asks for it
    spec.loader.exec_module(module)
    return module


def run(checkout: Path, code: str, **environment: str) -> str:
    known = {name: value for name, value in os.environ.items() if name != compiled.VARIABLE}
    return subprocess.run(
        [sys.executable, "-c", code], env=known | {"PYTHONPATH": str(checkout / "src")} | environment,
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip


def test_a_build_of_these_sources_is_used(checkout: Path) -> None:
    """The scheduler would take twice as long as it could."""
    assert run(checkout, PROBE) == "Finder"


def test_sources_that_were_only_touched_are_the_same(checkout: Path) -> None:
    """Who goes to another branch and back would wait for the compiler."""
    os.utime(checkout / "src" / "standfast" / "one.py", ns=(1, 1))
    assert run(checkout, PROBE) == "Finder"


def test_a_file_system_may_keep_whole_seconds_only(checkout: Path) -> None:
    """Each start there would read all sources, and a hundred milliseconds more would pass before services are back."""
    source = checkout / "src" / "standfast" / "one.py"
    second_ns = source.stat().st_mtime_ns // 10**9 * 10**9
    os.utime(source, ns=(second_ns, second_ns))
    assert run(checkout, "import sys; sys.modules['hashlib'] = None; " + PROBE) == "Finder"


@pytest.mark.parametrize("text", ["value = 2\n", "value = 1\n\n"])
def test_what_was_edited_runs_as_it_is_written(checkout: Path, text: str) -> None:
    """A developer would look for a mistake in a text that is not what runs."""
    (checkout / "src" / "standfast" / "one.py").write_text(text)
    assert run(checkout, PROBE) != "Finder"


def test_a_source_that_is_gone_is_missed(checkout: Path) -> None:
    """A module that nobody can read any more would go on running."""
    (checkout / "src" / "standfast" / "one.py").unlink()
    assert run(checkout, PROBE) != "Finder"


def test_the_pure_form_can_be_asked_for(checkout: Path) -> None:
    """Nobody could tell whether a fault is the compiler's."""
    assert run(checkout, PROBE, STANDFAST_PURE="1") != "Finder"


def test_a_damaged_stamp_counts_as_none(checkout: Path) -> None:
    """No command would start after a full disk."""
    stamp = next((checkout / "build" / "compiled").glob("*.stamp"))
    stamp.write_text("half")
    assert run(checkout, PROBE) != "Finder"


def test_a_stamp_lists_all_that_compiled_modules_import(tool: ModuleType) -> None:
    """Code would run that holds a constant or a signature of a source as it was before."""
    for group in tool.GROUPS:
        names = [".".join(path.with_suffix("").parts) for path in tool.modules(group)]
        script = f"import sys, {', '.join(names)}; print(*(name for name in sys.modules if name[:9] == 'standfast'))"
        imported = run(ROOT, script, STANDFAST_PURE="1").split()
        listed = tool.sources(group)
        assert {str(tool._source_of(name).relative_to(ROOT / "src")) for name in imported} <= set(listed)
        assert compiled.lines_of(listed)


def test_a_stamp_lists_what_is_imported_later_or_for_types(tool: ModuleType) -> None:
    """Types come from there too: a compiled module would take one for another."""
    (reader,) = (group for group in tool.GROUPS if group.name == "reader")
    listed = tool.sources(reader)
    assert "standfast/dialects/keepalived/hints.py" in listed, "imported in a function"
    assert "standfast/dialects/keepalived/vrrp_nouns.py" in listed, "imported for types"
    assert "standfast/director/vrrp/machine.py" not in listed, "a start would look at sources that it does not need"


def test_a_start_comes_out_of_what_was_gathered(tool: ModuleType, tmp_path: Path) -> None:
    """A first start, of all, would open a hundred files before its table stands."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    told = """import sys
for name, module in sys.modules.items():
    if type(getattr(module, "__loader__", None)).__name__ == "Loader":
        print(name)
"""
    start = tool.GATHERED.replace("compiled.bytecode.keep()", told)
    environment = {compiled.VARIABLE: "1", "PYTHONDONTWRITEBYTECODE": ""}
    assert run(tmp_path, start, **environment) == ""
    run(tmp_path, tool.GATHERED, **environment)
    found = set(run(tmp_path, start, **environment).split())
    assert {"typing", "msgspec", "standfast.dialects.keepalived.lines", "standfast.daemons.director.program"} <= found


def test_a_build_gathers_where_python_writes_no_caches(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who builds with PYTHONDONTWRITEBYTECODE, as containers do, would get starts out of a hundred files."""
    path = Path(compiled.__file__).parents[1] / "__pycache__" / f"start.{sys.implementation.cache_tag}.gathered"
    path.unlink(missing_ok=True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    tool.gather()
    assert path.stat().st_size > 1_000_000


def answers(**environment: str) -> list[str]:
    """Return what every golden case prints in one form."""
    known = {name: value for name, value in os.environ.items() if name != compiled.VARIABLE}
    source = Path(compiled.__file__).resolve().parents[2]
    questions = [json.dumps({"argv": ["-x", str(case), "-S", "-s"], "merge": True}) for case in CASES]
    done = subprocess.run(
        [sys.executable, "-m", "standfast.cli.crm_simulate", "--serve"], input="\n".join(questions) + "\n",
        env=known | {"PYTHONPATH": str(source)} | environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.splitlines()


@pytest.mark.skipif(
    compiled.form("scheduler") == "pure", reason="there is no compiled form of these sources: make venv"
)
def test_both_forms_answer_the_same() -> None:
    """A cluster would do otherwise on a machine without a compiler."""
    found = answers()
    assert len(found) == len(CASES) > 0
    assert found == answers(STANDFAST_PURE="1")


READ_IT = """
import sys
from standfast.dialects.keepalived import Imagined, configuration_of, read_source, vrrp_of
for path in sys.argv[1:]:
    text = open(path, encoding="utf-8", errors="surrogateescape").read()
    for cut in (len(text), len(text) // 2, len(text) // 3):
        source = read_source("conf", Imagined({"conf": text[:cut]}), "me")
        print(ascii((source.findings, configuration_of(source), vrrp_of(source))))
"""


def readings(**environment: str) -> list[str]:
    """Return what every sample of keepalived's language says in one form, whole and broken off."""
    known = {name: value for name, value in os.environ.items() if name != compiled.VARIABLE}
    source = Path(compiled.__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", READ_IT, *map(str, SAMPLES)], env=known | {"PYTHONPATH": str(source)} | environment,
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.splitlines()


@pytest.mark.skipif(compiled.form("reader") == "pure", reason="there is no compiled form of these sources: make venv")
def test_both_forms_read_the_same() -> None:
    """A director would do otherwise on a machine without a compiler, or overlook a fault there."""
    found = readings()
    assert len(found) == 3 * len(SAMPLES) > 0
    assert found == readings(STANDFAST_PURE="1")


@pytest.mark.skipif(
    compiled.form("messaging") == "pure", reason="there is no compiled form of these sources: make venv"
)
def test_messages_keep_their_promises_in_the_pure_form_too() -> None:
    """A node without a compiler is a member like the others; the other tests run in the form that is there."""
    tests = [str(ROOT / "tests" / "unit" / "messaging" / f"test_{name}.py") for name in ("ringing", "cpg_frames")]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *tests], env=os.environ | {"STANDFAST_PURE": "1"},
        cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
