"""The bytecode of all that a start imports, out of one file: Python's own caches are a file for each module.

It lies beside them and counts as they do: for a source that has the size and the time of change that it had. Modules
must be looked for where they were looked for then. What does not count, or is not in it, is imported as ever.
"""

from __future__ import annotations

import contextlib
import marshal
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType

Source = tuple[str, bool, int, int]
"""A module's source, whether that is a package's, its size in bytes and its time of change in seconds; both as Python's
caches have them, modulo 2^32."""
Bytecode = tuple[str, Source, bytes]
"""A module's name, its source, and its bytecode as marshal writes it."""
LENGTHS_BYTES = 16
"""The file begins with its own length and that of its index, 8 bytes each; then come the index and
the modules' bytecode.

The index: the interpreter's version, where it looks for modules, and of each module the source, where its bytecode
begins behind the index, and how many bytes it has."""
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
        lengths = os.read(self._file, LENGTHS_BYTES)
        total, length = int.from_bytes(lengths[:8], "little"), int.from_bytes(lengths[8:], "little")
        if total != os.fstat(self._file).st_size or length > total:
            return  # damaged
        self._end = LENGTHS_BYTES + length
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
        if not is_as_it_was(source):
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
        return os.pread(self._file, length, self._end + begin)

    def content(self) -> Iterator[Bytecode]:
        """Yield name, source and bytecode of each module whose source is as it was."""
        for name, (source, _, _) in self._index.items():
            code = self.code(name)
            if code is not None and is_as_it_was(source):
                yield name, source, code

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


def is_as_it_was(source: Source) -> bool:
    """Return whether a source has the size and the time of change that it had."""
    path, _, size, time_s = source
    try:
        found = os.stat(path)
    except OSError:
        return False
    return (found.st_size % _MODULO, int(found.st_mtime) % _MODULO) == (size, time_s)


def use(name: str) -> None:
    """Let modules come out of the file of this name. It is in the folder of the caches of standfast's own modules."""
    spec = sys.modules["standfast"].__spec__
    if spec is not None and spec.cached:
        folder, file = os.path.split(spec.cached)
        path = os.path.join(folder, file.replace("__init__", name).removesuffix("pyc") + "gathered")
        sys.meta_path.insert(0, Gathered(path))


def keep() -> None:
    """Put all that was imported since `use` into its file, unless it came from there; nothing comes from there then.

    What is in the file and still counts stays. Where the file cannot be written nothing is said, as with Python's own.
    """
    gathered = next((finder for finder in sys.meta_path if isinstance(finder, Gathered)), None)
    if gathered is None:
        return
    found = [
        getattr(module, "__spec__", None) for name, module in list(sys.modules.items()) if name not in gathered.before
    ]
    specs = [spec for spec in found if spec is not None and isinstance(spec.loader, SourceFileLoader)]
    if not (sys.dont_write_bytecode or all(isinstance(spec.loader, Loader) for spec in specs)):
        from standfast.compiled.live import gathering

        gathering.write(gathered.path, (*gathered.content(), *gathering.cached(specs)))
    gathered.close()
