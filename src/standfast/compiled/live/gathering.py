"""Writes the file that a start's modules come out of."""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import ModuleSpec

from standfast.compiled.live.bytecode import LENGTHS_BYTES, Bytecode, is_as_it_was


def cached(specs: Iterable[ModuleSpec]) -> Iterator[Bytecode]:
    """Yield what Python's own caches have of modules, where they are of the sources as they are."""
    for spec in specs:
        if not spec.cached or not spec.origin:
            continue
        try:
            with open(spec.cached, "rb") as file:
                _, flags, time_s, size = (int.from_bytes(file.read(4), "little") for _ in range(4))
                code = file.read()
        except OSError:
            continue
        source = spec.origin, spec.submodule_search_locations is not None, size, time_s
        if not flags and is_as_it_was(source):  # with flags, a cache is of a digest
            yield spec.name, source, code


def write(path: str, modules: Iterable[Bytecode]) -> None:
    """Write a file, if that can be done; who reads the one that was there before goes on with that."""
    fresh = f"{path}.{os.getpid()}"
    try:
        with open(fresh, "xb") as file:
            file.writelines(_pieces(modules))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(fresh)


def _pieces(modules: Iterable[Bytecode]) -> list[bytes]:
    index, codes, end = {}, [], 0
    for name, source, code in modules:
        if name not in index:
            index[name] = source, end, len(code)
            codes.append(code)
            end += len(code)
    head = marshal.dumps((sys.version, sys.path[1:], index))
    lengths = LENGTHS_BYTES + len(head) + end, len(head)
    return [*(length.to_bytes(LENGTHS_BYTES // 2, "little") for length in lengths), head, *codes]
