"""Tracked files on this machine: read at the start and whenever they change."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable

from standfast.director.vrrp.file_values import READ_BYTES, number
from standfast.director.vrrp.live.inotify import IGNORED, OVERFLOW, Inotify
from standfast.director.vrrp.tracked_things import TrackFile


class TrackedFiles:
    """Tells `read(name, value)` of each; whoever has one waits for `fileno` and then calls `changed`."""

    def __init__(self, read: Callable[[str, int | None], None]) -> None:
        self._told = read
        self._inotify: Inotify | None = None
        with contextlib.suppress(OSError):  # a user may have few of them
            self._inotify = Inotify()
        self._files: dict[str, TrackFile] = {}
        self._watches: dict[int, str] = {}

    def fileno(self) -> int:
        """Return what to wait for, -1 if the kernel tells nothing: then `look_again` reads all files."""
        return self._inotify.fileno() if self._inotify else -1

    def use(self, files: Iterable[TrackFile]) -> list[str]:
        """Look at these from now on; return what could not be written."""
        before, self._files = self._files, {each.name: each for each in files}
        troubles = [_initialised(each) for name, each in self._files.items() if name not in before]
        self.look()
        return [each for each in troubles if each]

    def look(self) -> None:
        """Read all files, and watch their folders."""
        self.look_for_folders()
        for each in self._files.values():
            self._read(each)

    def look_again(self) -> None:
        """Do what the kernel does not tell of; once a second."""
        if self._inotify:
            self.look_for_folders()
        else:
            self.look()

    def look_for_folders(self) -> None:
        """Watch the folders that were not there, and read what is in them now."""
        if self._inotify is None:
            return
        for folder in {_folder(each) for each in self._files.values()} - set(self._watches.values()):
            try:
                self._watches[self._inotify.watch(folder)] = folder
            except OSError:
                continue
            for each in self._files.values():
                if _folder(each) == folder:
                    self._read(each)

    def changed(self) -> None:
        """Read what changed."""
        assert self._inotify is not None
        names: set[tuple[str, str]] = set()
        all_of_them = False
        for watch, mask, name in self._inotify.read():
            folder = self._watches.get(watch, "")
            if mask & IGNORED:
                self._watches.pop(watch, None)
            all_of_them = all_of_them or bool(mask & (IGNORED | OVERFLOW))
            names.add((folder, name))
        if all_of_them:
            self.look()
        for each in self._files.values():
            if (_folder(each), os.path.basename(each.path)) in names:
                self._read(each)

    def _read(self, file: TrackFile) -> None:
        try:
            fd = os.open(file.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            self._told(file.name, 0)
            return
        try:
            text = os.read(fd, READ_BYTES).decode(errors="replace")
        except OSError:
            text = ""
        finally:
            os.close(fd)
        self._told(file.name, number(text))

    def close(self) -> None:
        """Close it."""
        if self._inotify:
            self._inotify.close()


def _folder(file: TrackFile) -> str:
    return os.path.dirname(os.path.realpath(file.path)) if os.path.islink(file.path) else os.path.dirname(file.path)


def _initialised(file: TrackFile) -> str:
    """Write the value a file is to begin with; return what went wrong."""
    if file.init_value is None or (not file.overwrite and os.path.exists(file.path)):
        return ""
    try:
        with open(file.path, "w") as opened:
            opened.write(f"{file.init_value}\n")
    except OSError as error:
        return f"{file.path}: {error.strerror}"
    return ""
