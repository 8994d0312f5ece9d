"""The bytecode of all that a start imports, out of one file: Python's own caches are a file for each module.

It lies beside them and counts as they do: for a source that has the size and the time of change that it had. Modules
must be looked for where they were looked for then. What does not count, or is not in it, is imported as ever.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType

Source = tuple[str, bool, int, int]
"""A module's source, whether that is a package's, its size in bytes and its time of change in seconds; both as Python's
caches have them, modulo 2^32."""
Bytecode = tuple[str, Source, bytes]
"""A module's name, its source, and its bytecode as marshal writes it."""
_LENGTHS_BYTES = 16
"""The file begins with its own length and that of its index, 8 bytes each; then come the index and the modules'
bytecode.

The index: the interpreter's version, where it looks for modules, and of each module the source, where its bytecode
begins behind the index, and how many bytes it has."""
_NAME = "start"
_MODULO = 1 << 32


class Gathered:
    """Finds modules in a file. It stands before Python's own finders until it is closed."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.before = frozenset(sys.modules)
        self._file = -1
        self._end = 0
        self._index: Mapping[str, tuple[Source, int, int]] = {}
        with contextlib.suppress(OSError, EOFError, ValueError, TypeError):  # there is none
            self._open()

    def _open(self) -> None:
        self._file = os.open(self.path, os.O_RDONLY)
        lengths = os.read(self._file, _LENGTHS_BYTES)
        total, length = int.from_bytes(lengths[:8], "little"), int.from_bytes(lengths[8:], "little")
        if total != os.fstat(self._file).st_size or length > total:
            return  # damaged
        self._end = _LENGTHS_BYTES + length
        version, places, index = marshal.loads(os.read(self._file, length))
        if (version, places) == (sys.version, sys.path[1:]):  # the first place is the program's own
            self._index = index

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is, if its source is as it was; None for every other."""
        if name not in self._index:
            return None
        source = self._index[name][0]
        if not _is_as_it_was(source):
            return None
        origin, is_package = source[:2]
        spec = ModuleSpec(name, Loader(name, origin, self), origin=origin, is_package=is_package)
        spec.has_location = True
        if spec.submodule_search_locations is not None:
            spec.submodule_search_locations.append(os.path.dirname(origin))
        return spec

    def code(self, name: str) -> bytes | None:
        """Return a module's bytecode as marshal writes it, None if it is not there."""
        if name not in self._index:
            return None
        _, begin, length = self._index[name]
        return self._part(begin, length)

    def content(self) -> Iterator[Bytecode]:
        """Yield name, source and bytecode of each module whose source is as it was."""
        for name, (source, begin, length) in self._index.items():
            if _is_as_it_was(source):
                yield name, source, self._part(begin, length)

    def _part(self, begin: int, length: int) -> bytes:
        return os.pread(self._file, length, self._end + begin)

    def close(self) -> None:
        """Find nothing any more."""
        sys.meta_path.remove(self)
        self._index = {}
        if self._file >= 0:
            os.close(self._file)


class Loader(SourceFileLoader):
    """Loads a module out of the file, as long as that is open; then as ever."""

    def __init__(self, name: str, origin: str, gathered: Gathered) -> None:
        super().__init__(name, origin)
        self._gathered = gathered

    def get_code(self, fullname: str) -> CodeType | None:
        """Return a module's code."""
        found = self._gathered.code(fullname)
        if found is None:
            return super().get_code(fullname)
        code: CodeType = marshal.loads(found)
        return code


def _is_as_it_was(source: Source) -> bool:
    """Return whether a source has the size and the time of change that it had."""
    path, _, size, time_s = source
    try:
        found = os.stat(path)
    except OSError:
        return False
    return (found.st_size % _MODULO, int(found.st_mtime) % _MODULO) == (size, time_s)


def use() -> None:
    """Let modules come out of the file, from now on. It is in the folder of the caches of standfast's own modules."""
    spec = sys.modules["standfast"].__spec__
    if spec is not None and spec.cached:
        folder, file = os.path.split(spec.cached)
        path = os.path.join(folder, file.replace("__init__", _NAME).removesuffix("pyc") + "gathered")
        sys.meta_path.insert(0, Gathered(path))


def keep() -> None:
    """Put all that was imported since `use` into its file, unless it came from there; nothing comes from there then.

    What is in the file and still counts stays. Where the file cannot be written nothing is said, as with Python's own.
    """
    gathered = next((finder for finder in sys.meta_path if isinstance(finder, Gathered)), None)
    if gathered is None:
        return
    new = [] if sys.dont_write_bytecode else list(_cached(_imported_since(gathered)))
    if new:
        _write(gathered.path, (*gathered.content(), *new))
    gathered.close()


def _imported_since(gathered: Gathered) -> Iterator[ModuleSpec]:
    """Yield modules that came out of sources of their own."""
    for name, module in list(sys.modules.items()):
        spec = None if name in gathered.before else getattr(module, "__spec__", None)
        if spec is not None and isinstance(spec.loader, SourceFileLoader) and not isinstance(spec.loader, Loader):
            yield spec


def _cached(specs: Iterable[ModuleSpec]) -> Iterator[Bytecode]:
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
        if not flags and _is_as_it_was(source):  # with flags, a cache is of a digest
            yield spec.name, source, code


def _write(path: str, modules: Iterable[Bytecode]) -> None:
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
    lengths = _LENGTHS_BYTES + len(head) + end, len(head)
    return [*(length.to_bytes(_LENGTHS_BYTES // 2, "little") for length in lengths), head, *codes]
