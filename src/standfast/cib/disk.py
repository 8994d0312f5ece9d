"""A disk as far as durability goes: the seam `Disk`, and a model of it for the simulator.

What a running process wrote is not yet what a restarted machine finds. The model says what it may find: a file's
content counts when it was synced, else any beginning of it may be there; changes of names count in their order, up
to any point at or after the last `sync_folder`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from standfast.errors import LiveError


class Disk(Protocol):
    """One folder of files. Every method raises LiveError if the world refuses."""

    def names(self) -> tuple[str, ...]:
        """Return the names of the files, sorted."""

    def read(self, name: str) -> bytes:
        """Return a file's content. Raises: LiveError if there is no such file."""

    def write(self, name: str, data: bytes) -> None:
        """Make or replace a file; it is not durable yet."""

    def sync(self, name: str) -> None:
        """Make a file's content durable."""

    def rename(self, old: str, new: str) -> None:
        """Rename a file, replacing one of the new name at once; the name is not durable yet."""

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""

    def sync_folder(self) -> None:
        """Make the files' names durable."""


class _File(msgspec.Struct):
    content: bytes
    durable: bytes | None = None


class ModelDisk:
    """A disk in memory that forgets at a crash what was not synced.

    `trouble`, if not empty, is why every change fails from now on. `damage` alters a file as a failing disk would.
    """

    def __init__(self) -> None:
        self._files: dict[str, _File] = {}
        self._past: list[dict[str, _File]] = [{}]
        self.trouble = ""

    def names(self) -> tuple[str, ...]:
        """Return the names of the files, sorted."""
        return tuple(sorted(self._files))

    def read(self, name: str) -> bytes:
        """Return a file's content. Raises: LiveError if there is no such file."""
        if name not in self._files:
            raise LiveError(f"{name}: no such file")
        return self._files[name].content

    def write(self, name: str, data: bytes) -> None:
        """Make or replace a file; it is not durable yet."""
        self._change()
        if name in self._files:
            self._files[name].content = data
            self._files[name].durable = None
        else:
            self._files[name] = _File(data)
            self._past.append(dict(self._files))

    def sync(self, name: str) -> None:
        """Make a file's content durable."""
        self._change()
        self._files[name].durable = self._files[name].content

    def rename(self, old: str, new: str) -> None:
        """Rename a file; the name is not durable yet."""
        self._change()
        self._files[new] = self._files.pop(old)
        self._past.append(dict(self._files))

    def remove(self, name: str) -> None:
        """Remove a file if it is there."""
        self._change()
        if self._files.pop(name, None) is not None:
            self._past.append(dict(self._files))

    def sync_folder(self) -> None:
        """Make the files' names durable."""
        self._change()
        self._past = [dict(self._files)]

    def crash(self, choose: Callable[[int], int]) -> None:
        """Become what a restarted machine may find; `choose(n)` picks one of `n` possibilities, from 0."""
        names = self._past[choose(len(self._past))]
        self._files = {name: _File(self._after_crash(file, choose)) for name, file in names.items()}
        for file in self._files.values():
            file.durable = file.content
        self._past = [dict(self._files)]
        self.trouble = ""

    def damage(self, name: str, data: bytes) -> None:
        """Alter a file behind everybody's back."""
        self._files[name] = _File(data, data)
        self._past = [dict(self._files)]

    def _after_crash(self, file: _File, choose: Callable[[int], int]) -> bytes:
        return file.durable if file.durable is not None else file.content[: choose(len(file.content) + 1)]

    def _change(self) -> None:
        if self.trouble:
            raise LiveError(self.trouble)
