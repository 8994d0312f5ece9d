"""How the demonstration speaks: a protocol, and plain text that colours only a terminal."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TextIO

from standfast.lab.story import Claim


class Reporter(Protocol):
    """What the demonstration needs of who shows it."""

    def chapter(self, title: str) -> None:
        """Begin a chapter."""

    def say(self, text: str) -> None:
        """Show lines of text."""

    def claim(self, claim: Claim) -> None:
        """Show what was seen, or not seen."""

    def busy(self, what: str) -> AbstractContextManager[None]:
        """Show that something is awaited, and how long it took."""

    def table(self, heading: tuple[str, str], rows: Sequence[tuple[str, str]]) -> None:
        """Show a table of two columns."""


class Plain:
    """Lines of text."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._colours = self._stream.isatty() and not os.environ.get("NO_COLOR")
        self._chapters = 0

    def _paint(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colours else text

    def _print(self, text: str, end: str = "\n") -> None:
        print(text, end=end, file=self._stream, flush=True)

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._chapters += 1
        self._print("\n" + self._paint("1", f"{self._chapters}. {title}"))

    def say(self, text: str) -> None:
        """Show lines of text, indented."""
        for line in text.splitlines():
            self._print(f"   {line}")

    def claim(self, claim: Claim) -> None:
        """Show a mark, when, and what."""
        mark = self._paint("32", "yes") if claim.holds else self._paint("31;1", "NO ")
        when = f"{claim.after_ms:7.0f} ms" if claim.after_ms is not None else " " * 10
        self._print(f"   {mark} {when}  {claim.text}")

    @contextlib.contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Show what is awaited; on its end, how long it took."""
        begun = time.monotonic()
        self._print(f"   {what} …", end="" if self._colours else "\n")
        try:
            yield
        finally:
            took = self._paint("2", f"{time.monotonic() - begun:.2f} s")
            self._print(f" {took}" if self._colours else f"   … {took}")

    def table(self, heading: tuple[str, str], rows: Sequence[tuple[str, str]]) -> None:
        """Show the rows, the second column to the right."""
        left = max(len(row[0]) for row in (heading, *rows))
        right = max(len(row[1]) for row in (heading, *rows))
        self._print("   " + self._paint("1", f"{heading[0]:<{left}}  {heading[1]:>{right}}"))
        for row in rows:
            self._print(f"   {row[0]:<{left}}  {row[1]:>{right}}")
