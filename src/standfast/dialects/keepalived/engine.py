"""The reading of logical lines by tables of keywords, as each process of keepalived does it.

Source: keepalived 2.2.7, behaviour of lib/parser.c. Deviates: a missing argument ends keepalived's reading; ours notes
that and goes on, so that all that is wrong is told at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from standfast.dialects.keepalived.findings import Finding, Level, Process
from standfast.dialects.keepalived.hints import hint
from standfast.dialects.keepalived.lines import Line, Reading
from standfast.dialects.keepalived.surroundings import Surroundings
from standfast.dialects.keepalived.text import QuoteError, command_words
from standfast.errors import Place

HINTS_MAX = 100
Words = list[str]
Draft = dict[str, Any]


class MissingArgumentError(Exception):
    """A keyword lacks an argument."""


def argument(words: Words, number: int = 1) -> str:
    """Return an argument. Raises: MissingArgumentError."""
    if number >= len(words):
        raise MissingArgumentError(words[min(number, len(words)) - 1])
    return words[number]


@dataclass(frozen=True, slots=True)
class Keyword:
    """What a keyword does: `handler` with its words; `block` are the keywords in its braces, `close` runs at their end.

    `active` false: this process skips the block.
    """

    handler: Callable[[Session, Words], None] | None = None
    block: Mapping[str, Keyword] | None = None
    close: Callable[[Session], None] | None = None
    active: bool = True


INACTIVE = Keyword(active=False)
Table = Mapping[str, Keyword]


class Session:
    """One process's reading. `current` are the blocks being read, by kind; `shared` is what all processes know."""

    def __init__(self, process: Process, reading: Reading, around: Surroundings, shared: Draft) -> None:
        self.process = process
        self.around = around
        self.shared = shared
        self.current: dict[str, Draft] = {}
        self.lists: dict[str, list[Draft]] = {}
        self.findings: list[Finding] = []
        self.line: Line | None = None
        self.skip = False
        self.leaving = False
        self.level = 0
        self._lines = reading.lines
        self._at = 0
        self._hints = 0

    def next(self) -> Line | None:
        """Return the next line, or None at the end."""
        if self._at >= len(self._lines):
            return None
        self.line = self._lines[self._at]
        self._at += 1
        return self.line

    def pass_block(self, line: Line) -> None:
        """Go behind the block that this line opens."""
        if line.close < 0:
            self._at = len(self._lines)
            return
        self._at = line.close + 1
        self.line = self._lines[line.close]

    def begin(self, kind: str, **values: object) -> Draft:
        """Begin a block of this kind, the last of its list."""
        draft: Draft = {**values, "_place": self.place()}
        self.current[kind] = draft
        self.lists.setdefault(kind, []).append(draft)
        return draft

    def drop(self, kind: str) -> None:
        """Forget the last block of this kind."""
        self.lists[kind].pop()

    def place(self, word: str = "") -> Place:
        """Return where reading stands; the column is a word's, if it stands in the line as it was written."""
        if self.line is None:
            return Place()
        origin = self.line.origin
        number = origin.number - (origin.unended and self.process is Process.PARENT)
        column = origin.text.find(word) + 1 if word else 0
        if not column:
            column = len(origin.text) - len(origin.text.lstrip()) + 1
        return Place(origin.file, number, column)

    def complain(self, code: str, message: str, word: str = "", level: Level = Level.FAULT) -> None:
        """Note that something is wrong in the line being read."""
        self.findings.append(Finding(code, message, self.place(word), level, self.process, self._at))

    def conclude(
        self, code: str, message: str, draft: Draft | None = None, level: Level = Level.FAULT, stops: bool = False
    ) -> None:
        """Note that something is wrong with the whole, or with a block; keepalived names no line then."""
        place = draft["_place"] if draft else Place()
        order = len(self._lines) + 2
        self.findings.append(Finding(code, message, place, level, self.process, order, stops, lined=False))

    def unknown(self, words: Words, table: Table) -> None:
        """Note that a keyword is unknown here; say what may have been meant."""
        word = words[0]
        message = f"{word} is no keyword here"
        if self._hints < HINTS_MAX:
            self._hints += 1
            near = difflib.get_close_matches(word, table, 1, 0.75)
            advice = hint(word) or (f"did you mean {near[0]}?" if near else "")
            message += f": {advice}" if advice else ""
        self.complain("unknown-keyword", message, word)

    def command(self) -> list[str] | None:
        """Return the words of the line being read as those of a command, or None if its quotes are wrong."""
        assert self.line is not None, "a command without a line"
        try:
            return command_words(self.line.text)
        except QuoteError as wrong:
            self.complain("quote", f"{wrong}")
            return None


def run(session: Session, table: Table, need_open: bool = False) -> bool:
    """Read lines by a table until the block's end; return whether the block was left by skipping one in it."""
    while (line := session.next()) is not None:
        words = line.words
        first = words[0]
        if session.leaving:
            if _passed(session, words):
                return True
            continue
        if session.skip:
            session.skip = False
            if first == "{":
                session.pass_block(line)
                if session.level:
                    return True
                continue
        if need_open:
            need_open = False
            if first == "{" and session.level:
                continue
            session.complain("brace", "a { is missing before this", first)
        elif first == "{":
            session.complain("brace", "no block begins here: this { counts for nothing", first)
            continue
        if first == "}" and session.level:
            return False
        keyword = table.get(first)
        if keyword is None:
            session.unknown(words, table)
        elif not keyword.active:
            session.skip = True
        else:
            _enter(session, keyword, words)
    return False


def _passed(session: Session, words: Words) -> bool:
    """Skip a line of a block that counts for nothing any more; return whether it was its last."""
    line = session.line
    if words[0] == "{" and line is not None:
        session.pass_block(line)
    elif words[0] == "}":
        session.leaving = False
        return session.level > 0
    return False


def _enter(session: Session, keyword: Keyword, words: Words) -> None:
    if keyword.handler is not None:
        try:
            keyword.handler(session, words)
        except MissingArgumentError as after:
            session.complain("missing-argument", f"{words[0]}: an argument is missing after {after}", words[0],
                             Level.MISSING_ARGUMENT)  # fmt: skip
            session.skip = True
    if keyword.block is None:
        return
    session.level += 1
    skipped = run(session, keyword.block, need_open=True)
    session.level -= 1
    if not skipped and keyword.close is not None:
        keyword.close(session)


def value_lines(session: Session, words: Words, each: Callable[[Session, Words], None]) -> None:
    """Read a block of plain lines, up to its first }; call `each` with the words of every line."""
    if len(words) > 1:
        session.complain("extra-words", f"{words[0]} takes nothing but a block", words[1])
    opened = False
    while (line := session.next()) is not None:
        values = line.words
        if not opened:
            opened = True
            if values[0] == "{":
                continue
        ended = values[-1] == "}"
        if ended:
            values = values[:-1]
        if values:
            each(session, values)
        if ended:
            return


def block_words(session: Session, words: Words) -> list[str]:
    """Return all words of a block of plain lines."""
    found: list[str] = []
    value_lines(session, words, lambda _, line: found.extend(line))
    return found
