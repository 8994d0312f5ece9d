"""Files that are put in their place all together, or not at all; and taken back if a later step fails."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import tempfile
from pathlib import Path

from standfast.errors import Exit, LiveError

_NOT_ALLOWED = (errno.EACCES, errno.EPERM, errno.EROFS)


class FileError(LiveError):
    """A file cannot be read or written. `exit_status` is what a command ends with."""

    def __init__(self, path: object, error: OSError) -> None:
        self.exit_status = Exit.NO_PERMISSION if error.errno in _NOT_ALLOWED else Exit.IO
        super().__init__(f"{path}: {error.strerror}")


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
        raise FileError(path, error) from None


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
            raise FileError(path, error) from None

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
            raise FileError(error.filename, error) from None
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


def forget_staged(path: Path) -> None:
    """Take away what a process that was killed had staged for a file."""
    for left in path.parent.glob(f".{path.name}.*"):
        with contextlib.suppress(OSError):
            left.unlink()


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
