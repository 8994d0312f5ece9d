"""Finds compiled modules in a build, if the build is of the sources that are here."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from types import ModuleType

VARIABLE = "STANDFAST_PURE"
"""Where it is set and not empty, the pure form runs."""

SUFFIX = EXTENSION_SUFFIXES[0]
SOURCES = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 3))
BUILDS = os.path.join(os.path.dirname(SOURCES), "build", "compiled")

_NS_PER_S = 1_000_000_000
_DEPTH = 50_000
_STACK_BYTES = 120 << 20  # the kernel keeps at least 128 MiB free below the main thread's stack


class Finder:
    """Finds modules in a build. It stands before the finder of the sources."""

    def __init__(self, build: str, modules: Iterable[str]) -> None:
        self.build = build
        self.modules = frozenset(modules)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a compiled module is; None for every other."""
        if name not in self.modules:
            return None
        origin = os.path.join(self.build, *name.split(".")) + SUFFIX
        spec = ModuleSpec(name, ExtensionFileLoader(name, origin), origin=origin)
        spec.has_location = True
        return spec


def library(group: str) -> str:
    """Return the module that all compiled modules of a group share."""
    return f"standfast_{group}__mypyc"


def stamp_of(group: str) -> str:
    """Return where the stamp of a group's build is."""
    return os.path.join(BUILDS, f"{group}{SUFFIX}.stamp")


@cache
def install(group: str) -> None:
    """Let a group's compiled form be found, if there is one of these sources and nobody asked for the pure one.

    The rooms that hold compiled modules call it before they import them. It is decided once: compiled modules call
    each other past Python's import, and would find nothing where one of them ran in its pure form.
    """
    if os.environ.get(VARIABLE):
        return
    try:
        with open(stamp_of(group), encoding="utf-8") as file:
            header, *known = file.read().splitlines()
        digest, name, modules = header.split(" ")
    except (OSError, ValueError):
        return
    if are_untouched(known) or digest_of([line.split(" ", 2)[2] for line in known]) == digest:
        sys.meta_path.insert(0, Finder(os.path.join(BUILDS, name), (library(group), *modules.split(","))))


def stamp(digest: str, name: str, modules: Sequence[str], lines: Sequence[str]) -> str:
    """Return the stamp of a build: the digest of its sources, its folder, its modules; then a line for each source."""
    return "\n".join((f"{digest} {name} {','.join(modules)}", *lines)) + "\n"


def lines_of(paths: Sequence[str]) -> list[str]:
    """Return size, time of change and path of each source; nothing if one is not there."""
    try:
        found = [os.stat(os.path.join(SOURCES, path)) for path in paths]
    except OSError:
        return []
    return [f"{at.st_size} {at.st_mtime_ns} {path}" for at, path in zip(found, paths, strict=True)]


def are_untouched(lines: Sequence[str]) -> bool:
    """Return whether sources have the sizes and times that a stamp's lines say.

    Whole seconds are enough where a file system (hostfs, ext3) keeps no more.
    """
    try:
        return all(_is_untouched(line) for line in lines)
    except (OSError, ValueError):
        return False


@cache
def _is_untouched(line: str) -> bool:
    size, time_ns, path = line.split(" ", 2)
    found, then_ns = os.stat(os.path.join(SOURCES, path)), int(time_ns)
    return found.st_size == int(size) and found.st_mtime_ns in (then_ns, then_ns - then_ns % _NS_PER_S)


def digest_of(paths: Sequence[str]) -> str:
    """Return the digest of the sources' names and texts; empty if one is not there."""
    import hashlib  # only where a source was touched

    total = hashlib.sha256()
    try:
        for path in paths:
            with open(os.path.join(SOURCES, path), "rb") as file:
                text = file.read()
            total.update(f"{path}\0{len(text)}\0".encode() + text)
    except OSError:
        return ""
    return total.hexdigest()


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Allow 50 000 calls within each other: Python counts pure ones, compiled ones take the processor's stack."""
    depth, (stack, most) = sys.getrecursionlimit(), resource.getrlimit(resource.RLIMIT_STACK)
    wanted = _STACK_BYTES if most == resource.RLIM_INFINITY else min(_STACK_BYTES, most)
    grows = stack != resource.RLIM_INFINITY and stack < wanted
    sys.setrecursionlimit(max(depth, _DEPTH))
    if grows:
        resource.setrlimit(resource.RLIMIT_STACK, (wanted, most))
    try:
        yield
    finally:
        sys.setrecursionlimit(depth)
        if grows:
            resource.setrlimit(resource.RLIMIT_STACK, (stack, most))


_EXAMPLES = {
    "scheduler": "standfast.scheduler.updates",
    "reader": "standfast.dialects.keepalived.lines",
    "director": "standfast.director.reloading",
    "messaging": "standfast.messaging.ringing",
}


def form(group: str) -> str:
    """Return the form in which a group's modules run: compiled or pure."""
    from importlib.util import find_spec

    spec = find_spec(_EXAMPLES[group])
    return "compiled" if spec is not None and str(spec.origin).endswith(SUFFIX) else "pure"
