#!/usr/bin/env python3
"""Compile some modules with mypyc, in groups, or say why they stay in their pure form; gather a start's bytecode.

    python tools/compile_modules.py           into build/compiled, for a checkout
    STANDFAST_COMPILE=0                       leave the pure form
    STANDFAST_COMPILE=1                       end with an error where there is no compiler

Needs mypy, setuptools, a C compiler and Python's headers (on Debian: gcc and python3-dev).
A build is named after its sources, mypy and this file: what is there already is not made again.
"""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from standfast import compiled  # noqa: E402


@dataclass(frozen=True)
class Group:
    """Modules that are compiled into one library.

    `patterns` are what is compiled, unless it defines dataclasses or structs: those are values, which cross processes,
    and stay as they are.
    """

    name: str
    patterns: tuple[str, ...]


_READER = (
    "addresses", "check_nouns", "check_settings", "engine", "includes", "lines", "logical_lines", "numbers",
    "service_rules", "service_table", "settings", "text", "translation",
)  # fmt: skip
GROUPS = (
    Group("scheduler", ("scheduler/*.py", "transition/*.py", "cib/values.py", "cib/times.py", "cib/nvpairs.py")),
    Group("reader", tuple(f"dialects/keepalived/{name}.py" for name in _READER)),
    Group("director", tuple(f"director/{name}.py" for name in ("reloading", "standing", "watched"))),
    Group("messaging", ("messaging/cpg_*.py", "messaging/ringing.py")),
)
NOT_COMPILED = ("@dataclass", "(Protocol)", "(NamedTuple)", "(msgspec.Struct")
GATHERED = """
from standfast import compiled
compiled.bytecode.use()
from standfast.cli import personalities, keepalived
from standfast.daemons.director import keepalived, program, rereading
compiled.bytecode.keep()
"""
"""Imports what a director's start imports."""
OPTIMIZATION = "1"
C_FLAGS = "-fvisibility=hidden"
"""A library finds its own functions by itself: they are not looked up by their names at each import."""

# setuptools compiles the files of one library one after the other: here, as many at once as there are processors.
SETUP = """
import os
from multiprocessing.pool import ThreadPool
import setuptools
from distutils.ccompiler import CCompiler
from mypyc.build import mypycify

def compile(self, sources, output_dir=None, macros=None, include_dirs=None, debug=0, extra_preargs=None,
            extra_postargs=None, depends=None):
    macros, objects, extra_postargs, pp_opts, build = self._setup_compile(
        output_dir, macros, include_dirs, sources, depends, extra_postargs)
    cc_args = self._get_cc_args(pp_opts, debug, extra_preargs)
    def one(name):
        if name in build:
            self._compile(name, *build[name], cc_args, extra_postargs, pp_opts)
    with ThreadPool(os.cpu_count()) as pool:
        pool.map(one, objects, chunksize=1)
    return objects

CCompiler.compile = compile
setuptools.setup(
    name="standfast", packages=[], package_dir={{"": "src"}},
    ext_modules=mypycify(
        ["--strict", "--ignore-missing-imports", *{paths!r}],
        opt_level="{optimization}", debug_level="0", multi_file=True, group_name="standfast_{group}",
    ),
)
"""


class CannotCompileError(Exception):
    """There is no compiler, or it refuses; the text says what."""


def modules(group: Group) -> list[Path]:
    """Return the paths of the modules to compile, below src."""
    base = ROOT / "src"
    found = [path for pattern in group.patterns for path in (base / "standfast").glob(pattern)]
    kept = [p for p in found if p.name != "__init__.py" and not any(w in p.read_text() for w in NOT_COMPILED)]
    return sorted(p.relative_to(base) for p in kept)


def sources(group: Group) -> list[str]:
    """Return the paths of all that a group's compiled code depends on, below src.

    It is what its modules import, at any time or for types alone, and what that imports: constants and signatures of
    all of these may be in the code.
    """
    base = ROOT / "src"
    found: set[Path] = set()
    wanted = [".".join(path.with_suffix("").parts) for path in modules(group)]
    while wanted:
        path = _source_of(wanted.pop())
        if path is not None and path not in found:
            found.add(path)
            wanted += _imports(path)
    return sorted(str(path.relative_to(base)) for path in found)


def _source_of(name: str) -> Path | None:
    """Return the path of a module of ours or of a package's `__init__`; None if there is none of this name."""
    path = ROOT.joinpath("src", *name.split("."))
    return next((each for each in (path / "__init__.py", path.with_suffix(".py")) if each.is_file()), None)


def _imports(source: Path) -> Iterator[str]:
    """Yield all that may be a module in a source's imports, wherever they stand, and the packages that it is in."""
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{source}: an import that does not say from where"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def key(digest: str) -> str:
    """Return the name of the build of these sources."""
    parts = (digest, metadata.version("mypy"), compiled.SUFFIX, Path(__file__).read_text())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def check() -> None:
    """Raises: CannotCompileError if something is missing."""
    compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
    if not shutil.which(os.environ.get("CC", compiler).split()[0]):
        raise CannotCompileError(f"no C compiler ({compiler})")
    if not Path(sysconfig.get_paths()["include"], "Python.h").is_file():
        raise CannotCompileError("no Python.h")


def build(target: Path, groups: tuple[Group, ...] = GROUPS) -> None:
    """Put the compiled modules of groups into a folder, laid out as src is. Raises: CannotCompileError."""
    check()
    shutil.rmtree(target, ignore_errors=True)
    for group in groups:
        _build(target, group)


def _build(target: Path, group: Group) -> None:
    paths = modules(group)
    with tempfile.TemporaryDirectory(prefix="standfast-compile-") as folder:
        work = Path(folder)
        shutil.copytree(ROOT / "src", work / "src", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        (work / "setup.py").write_text(
            SETUP.format(paths=[str("src" / path) for path in paths], optimization=OPTIMIZATION, group=group.name)
        )
        flags = f"{os.environ.get('CFLAGS', '')} {C_FLAGS}"
        environment = os.environ | {"MYPYPATH": "src", compiled.VARIABLE: "1", "CFLAGS": flags}
        command = [sys.executable, "setup.py", "build_ext", "--build-lib", "out", "--build-temp", "objects"]
        done = subprocess.run(
            command, check=False, cwd=work, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if done.returncode:
            raise CannotCompileError("mypyc or the compiler failed:\n" + "\n".join(done.stdout.splitlines()[-15:]))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(work / "out", target, dirs_exist_ok=True)


def prune(group: Group, keep: str) -> None:
    """Remove all builds of a group but this one and the newest of the others, which may still be in use."""
    folders = [p for p in Path(compiled.BUILDS).glob(f"{group.name}-*") if p.is_dir() and p.name != keep]
    for old in sorted(folders, key=lambda p: p.stat().st_mtime)[:-1]:
        shutil.rmtree(old, ignore_errors=True)


def install(group: Group) -> str:
    """Compile a group for this checkout, if that was not done; return what was done."""
    paths = sources(group)
    lines = compiled.lines_of(paths)  # before the sources are read: what is edited meanwhile does not match
    digest = compiled.digest_of(paths)
    name = f"{group.name}-{key(digest)}"
    target = Path(compiled.BUILDS, name)
    made = not target.is_dir()
    if made:
        build(target, (group,))
    text = compiled.stamp(digest, name, [".".join(p.with_suffix("").parts) for p in modules(group)], lines)
    path = compiled.stamp_of(group.name)
    fresh = Path(f"{path}.new")
    fresh.write_text(text)
    fresh.replace(path)
    prune(group, name)
    done = "made" if made else "are up to date"
    return f"{group.name}: {len(modules(group))} modules {done} in {target.relative_to(ROOT)}"


def gather() -> None:
    """Put the bytecode of a director's start into one file: the first start of all would do it else."""
    asked_for = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", GATHERED], check=True, env=asked_for)


def main() -> int:
    """Compile, and say in which form the modules will run."""
    status = compile_all()
    gather()
    return status


def compile_all() -> int:
    """Compile all groups; return the exit status."""
    wanted = os.environ.get("STANDFAST_COMPILE", "")
    if wanted == "0":
        print("pure form: STANDFAST_COMPILE=0")
        return 0
    try:
        for group in GROUPS:
            print("compiled form:", install(group))
    except CannotCompileError as e:
        print(f"PURE FORM: the scheduler and the reading of keepalived.conf take twice as long: {e}", file=sys.stderr)
        return 1 if wanted == "1" else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
