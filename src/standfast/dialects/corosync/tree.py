"""A corosync.conf as sections and items, each with its place."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

from standfast.errors import Place, Report, Severity


class Fate(enum.StrEnum):
    """What Corosync 3 does with what a finding is about."""

    TEST = "refused by corosync -t"
    START = "refused when Corosync starts"
    IGNORED = "silently ignored or changed by Corosync"
    RISK = "accepted, and likely not what is wanted"


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake, and what Corosync makes of it."""

    report: Report
    fate: Fate

    @property
    def is_refusal(self) -> bool:
        """Return whether Corosync does not start with it."""
        return self.fate in (Fate.TEST, Fate.START)


@dataclass(frozen=True, slots=True)
class Item:
    """One `key: value`. `column` is the key's, `value_column` the value's, both from 1."""

    key: str
    value: str
    line: int
    column: int = 1
    value_column: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    """One `name { … }`. `line` and `end_line` hold its braces; the file itself is a section without a name."""

    name: str
    path: str
    line: int
    column: int = 1
    end_line: int = 0
    parts: tuple[Item | Section, ...] = ()

    @property
    def items(self) -> tuple[Item, ...]:
        """Return the keys, in the order of the file."""
        return tuple(part for part in self.parts if isinstance(part, Item))

    @property
    def sections(self) -> tuple[Section, ...]:
        """Return the sections right below, in the order of the file."""
        return tuple(part for part in self.parts if isinstance(part, Section))

    def named(self, *names: str) -> Iterator[Section]:
        """Yield the sections below on the path of these names; the same name may stand more than once."""
        if not names:
            yield self
            return
        for section in self.sections:
            if section.name == names[0]:
                yield from section.named(*names[1:])

    def item(self, key: str) -> Item | None:
        """Return the item that counts: the last of this key."""
        return next((item for item in reversed(self.items) if item.key == key), None)

    def value(self, key: str, default: str = "") -> str:
        """Return the value that counts."""
        found = self.item(key)
        return default if found is None else found.value

    def walk(self) -> Iterator[Section]:
        """Yield this section and all below it."""
        yield self
        for section in self.sections:
            yield from section.walk()


@dataclass(frozen=True, slots=True)
class Tree:
    """A file that was read: its text, its root, and what its syntax lacks."""

    file: str
    text: str
    root: Section
    findings: tuple[Finding, ...] = field(default=())

    def item(self, *path: str) -> Item | None:
        """Return the item that counts on a path such as ("totem", "token"): the last one of all such sections."""
        found = [item for section in self.root.named(*path[:-1]) if (item := section.item(path[-1]))]
        return found[-1] if found else None

    def value(self, *path: str, default: str = "") -> str:
        """Return the value that counts on a path."""
        found = self.item(*path)
        return default if found is None else found.value

    def place(self, part: Item | Section | None, of_value: bool = False) -> Place:
        """Return where a part stands; without one, the file."""
        if part is None:
            return Place(self.file)
        column = part.value_column if of_value and isinstance(part, Item) else part.column
        return Place(self.file, part.line, column)

    def finding(
        self, fate: Fate, slug: str, message: str, expected: str, part: Item | Section | None = None,
        of_value: bool = False,
    ) -> Finding:  # fmt: skip
        """Return a finding about a part of this file."""
        severity = Severity.WARNING if fate is Fate.RISK else Severity.ERROR
        return Finding(Report(f"corosync.{slug}", message, expected, self.place(part, of_value), severity), fate)
