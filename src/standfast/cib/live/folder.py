"""A folder of the file system as a `Disk`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from standfast.cib.store import Store
from standfast.errors import LiveError

CIB_FOLDER = Path("/var/lib/standfast/cib")
"""Where a node keeps its documents."""


class Folder:
    """A folder; it is made if it is missing, for its owner alone (a CIB may hold passwords)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with _refusals(path):
            path.mkdir(mode=0o750, parents=True, exist_ok=True)

    def names(self) -> tuple[str, ...]:
        """Return the names of the files, sorted."""
        with _refusals(self.path):
            return tuple(sorted(os.listdir(self.path)))

    def read(self, name: str) -> bytes:
        """Return a file's content."""
        with _refusals(self.path / name):
            return (self.path / name).read_bytes()

    def write(self, name: str, data: bytes) -> None:
        """Make or replace a file; it is not durable yet."""
        with _refusals(self.path / name):
            descriptor = os.open(self.path / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
            with open(descriptor, "wb") as file:
                file.write(data)

    def sync(self, name: str) -> None:
        """Make a file's content durable."""
        self._fsync(self.path / name)

    def rename(self, old: str, new: str) -> None:
        """Rename a file; the name is not durable yet."""
        with _refusals(self.path / new):
            os.replace(self.path / old, self.path / new)

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        with _refusals(self.path / name):
            (self.path / name).unlink(missing_ok=True)

    def sync_folder(self) -> None:
        """Make the files' names durable."""
        self._fsync(self.path)

    def _fsync(self, path: Path) -> None:
        with _refusals(path):
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def open_store(folder: Path = CIB_FOLDER, keep: int = 50) -> Store:
    """Return the store in this folder. Raises: LiveError if the folder cannot be made."""
    return Store(Folder(folder), keep)


@contextlib.contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise LiveError(f"{path}: {e.strerror or e}") from e
