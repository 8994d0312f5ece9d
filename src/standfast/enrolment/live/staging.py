"""Files that are put in their place all together, or not at all; and taken back if a later step fails."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

from standfast.errors import LiveError


def digest(data: bytes) -> str:
    """Return what tells one text from another."""
    return hashlib.sha256(data).hexdigest()


def current(path: Path) -> bytes | None:
    """Return what stands in a file, None if there is none. Raises: LiveError if it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LiveError(f"{path}: {error.strerror}") from None


class Staged:
    """New contents beside their places, on the disk already."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, Path]] = []
        self._before: list[tuple[Path, bytes | None, int]] = []
        self._folders: list[Path] = []

    def add(self, path: Path, data: bytes, mode: int) -> None:
        """Write what is to stand in a file. Raises: LiveError, after which nothing of it is left."""
        try:
            self._make_folder(path.parent)
            fd, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
            self._waiting.append((name, path))
            with os.fdopen(fd, "wb") as file:
                file.write(data)
                os.fchmod(fd, mode)
                file.flush()
                os.fsync(fd)
        except OSError as error:
            self.discard()
            raise LiveError(f"{path}: {error.strerror}") from None

    def _make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make_folder(folder.parent)
            folder.mkdir(mode=0o755)
            self._folders.append(folder)

    def apply(self) -> None:
        """Put all in their places. Raises: LiveError, after which all is as it was."""
        try:
            for name, path in self._waiting:
                before = current(path)
                self._before.append((path, before, path.stat().st_mode & 0o7777 if before is not None else 0o644))
                os.replace(name, path)
                _sync_folder(path.parent)
        except OSError as error:
            self.undo()
            raise LiveError(f"{error.filename}: {error.strerror}") from None
        self._waiting.clear()

    def discard(self) -> None:
        """Take away what is not in its place."""
        for name, _ in self._waiting:
            with contextlib.suppress(OSError):
                os.unlink(name)
        self._waiting.clear()
        for folder in reversed(self._folders):
            with contextlib.suppress(OSError):
                folder.rmdir()
        self._folders.clear()

    def undo(self) -> None:
        """Bring back what stood there before."""
        for path, before, mode in reversed(self._before):
            with contextlib.suppress(OSError, LiveError):
                path.unlink(missing_ok=True)
                if before is not None:
                    write(path, before, mode)
        self._before.clear()
        self.discard()


def write(path: Path, data: bytes, mode: int) -> None:
    """Write one file, whole or not at all. Raises: LiveError."""
    staged = Staged()
    staged.add(path, data, mode)
    staged.apply()


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
