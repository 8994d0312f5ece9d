"""Nested lists as text: titles end with a colon, items begin with an asterisk, lists are a blank line apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Outline:
    """Collects lines; what is inside a list is indented below its title."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._level = 0

    def item(self, text: str) -> None:
        """Add a line to the list that is open."""
        self.lines.append(f"{'  ' * self._level}* {text}" if self._level else text)

    def plain(self, text: str) -> None:
        """Add a line as it is."""
        self.lines.append(text)

    def spacer(self) -> None:
        """Add a blank line, unless nothing is before it."""
        if self.lines:
            self.lines.append("")

    @contextmanager
    def list(self, title: str) -> Iterator[None]:
        """Open a list."""
        self.item(f"{title}:")
        self._level += 1
        yield
        self._level -= 1

    def text(self) -> str:
        """Return all lines."""
        return "".join(f"{line}\n" for line in self.lines)
