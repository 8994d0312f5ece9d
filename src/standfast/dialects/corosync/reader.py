"""corosync.conf's syntax: lines that open a section, close one, or set a key.

Source: parse_section in `exec/coroparse.c` of Corosync 3.1, whose order of looking is kept: a line with `{` opens a
section, else one with `:` sets a key, else one with `}` closes. All that is wrong is found, not only the first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from standfast.dialects.corosync.tree import Fate, Finding, Item, Section, Tree

# fgets into 512 bytes: what is longer, newline included, is refused.
LINE_BYTES_MAX = 510
KEY_BYTES_MIN = 3
KEY_BYTES_MAX = 255
_BLANK = " \t"
_GOOD_KEY = re.compile(r"[A-Za-z0-9._\-/:]+")


@dataclass(slots=True)
class _Open:
    """A section whose closing brace is not read yet."""

    name: str
    path: str
    line: int
    column: int
    parts: list[Item | Section] = field(default_factory=list)

    def closed(self, line: int) -> Section:
        return Section(self.name, self.path, self.line, self.column, line, tuple(self.parts))


class _Reader:
    """Reads line after line; `stack[0]` is the file."""

    def __init__(self, file: str) -> None:
        self.blank = Tree(file, "", Section("", "", 0))
        self.stack = [_Open("", "", 0, 1)]
        self.findings: list[Finding] = []

    def line(self, number: int, raw: str) -> None:
        """Take one line, without its newline."""
        text = raw.removesuffix("\r").rstrip(_BLANK)
        if len(raw.encode(errors="surrogateescape")) > LINE_BYTES_MAX:
            self._wrong("line-long", number, 1, f"a line of {len(raw)} characters", f"{LINE_BYTES_MAX} at most")
        if not text.strip(_BLANK) or text.lstrip(_BLANK).startswith("#"):
            return
        if "{" in text:
            self._opening(number, text)
        elif ":" in text:
            self._setting(number, text)
        elif "}" in text:
            self._closing(number, text)
        else:
            self._wrong("line", number, _column(text), f"{text.strip(_BLANK)!r}", "`key: value`, `name {` or `}`")

    def _opening(self, number: int, text: str) -> None:
        before, _, after = text.partition("{")
        name, path = before.strip(_BLANK).rstrip(" \t:{"), self.stack[-1].path
        if not name:
            self._wrong("section-name", number, _column(text), "`{` without a name", "the section's name before it")
        if after.strip(_BLANK):
            message = f"{after.strip(_BLANK)!r} after `{{` of {name or 'a section'}"
            self._wrong("after-brace", number, len(before) + 2, message, "it on the next line")
        self.stack.append(_Open(name, f"{path}.{name}" if path else name, number, _column(text)))
        rest = after.strip(_BLANK)
        if rest.endswith("}") and not rest.startswith("#"):  # as it is meant: all of it on one line
            self.stack[-2].parts.append(self.stack.pop().closed(number))

    def _setting(self, number: int, text: str) -> None:
        before, _, after = text.partition(":")
        key, value, path = before.strip(_BLANK).rstrip(" \t:{"), after.strip(_BLANK), self.stack[-1].path
        item = Item(key, value, number, _column(text), len(before) + 2 + len(after) - len(after.lstrip(_BLANK)))
        full = f"{path}.{key}" if path else key
        if not key:
            self._wrong("key-empty", number, _column(text), "`:` without a key", "`key: value`")
            return
        if not _GOOD_KEY.fullmatch(key) or not KEY_BYTES_MIN <= len(full) < KEY_BYTES_MAX:
            expected = f"letters, digits and . _ - /, {KEY_BYTES_MIN} to {KEY_BYTES_MAX - 1} with its sections' names"
            self._wrong("key", number, item.column, f"the key {key!r}", expected)
        self.stack[-1].parts.append(item)

    def _closing(self, number: int, text: str) -> None:
        if text.strip(_BLANK) != "}":
            self._wrong("before-brace", number, _column(text), f"{text.strip(_BLANK)!r}", "`}` on a line of its own")
        if len(self.stack) == 1:
            self._wrong("brace", number, _column(text), "`}` with no section open", "nothing here")
            return
        self.stack[-2].parts.append(self.stack.pop().closed(number))

    def end(self, number: int) -> Section:
        """Return the file; what is open is closed by it, with a finding each."""
        while len(self.stack) > 1:
            opened = self.stack.pop()
            self._wrong("unclosed", opened.line, opened.column, f"the section {opened.path} has no end", "a line `}`")
            self.stack[-1].parts.append(opened.closed(number))
        return self.stack[0].closed(number)

    def _wrong(self, slug: str, line: int, column: int, message: str, expected: str) -> None:
        part = Item("", "", line, column)
        self.findings.append(self.blank.finding(Fate.TEST, slug, message, expected, part))


def _column(text: str) -> int:
    return len(text) - len(text.lstrip(_BLANK)) + 1


def read(text: str, file: str = "corosync.conf") -> Tree:
    """Return what a text says, with every mistake of syntax."""
    reader = _Reader(file)
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        reader.line(number, line)
    root = reader.end(len(lines))
    return Tree(file, text, root, tuple(reader.findings))
