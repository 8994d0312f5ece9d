"""The reading of logical lines by tables of keywords, as each process of keepalived does it.

Source: keepalived 2.2.7, behaviour of lib/parser.c. Deviates: a missing argument ends keepalived's reading; ours notes
that and goes on, so that all that is wrong is told at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from standfast.dialects.keepalived.findings import OWN_KEYWORD, Finding, Level, Process
from standfast.dialects.keepalived.lines import Reading
from standfast.dialects.keepalived.logical_lines import Line, Lines, Spot
from standfast.dialects.keepalived.surroundings import Surroundings
from standfast.dialects.keepalived.text import QuoteError, command_words
from standfast.errors import Place

HINTS_MAX = 100
_KNOWN_MAX = 4096
Words = list[str]
Draft = dict[str, Any]


class MissingArgumentError(Exception):
    """A keyword lacks an argument."""


def argument(words: Words, number: int = 1) -> str:
    """Return an argument. Raises: MissingArgumentError."""
    if number >= len(words):
        raise MissingArgumentError(words[min(number, len(words)) - 1])
    return words[number]


class Keyword:
    """What a keyword does: `handler` with its words; `block` are the keywords in its braces, `close` runs at their end.

    `active` false: this process skips the block. `kind` is the block that `handler` begins unless it declines it.
    `own`: keepalived does not know it. `constant`: what it does depends on its line and its block's draft alone.
    """

    def __init__(
        self, handler: Callable[[Session, Words], None] | None = None, block: Mapping[str, Keyword] | None = None,
        close: Callable[[Session], None] | None = None, active: bool = True, kind: str = "", own: bool = False,
        constant: bool = False, repeats: Repeats | None = None,
    ) -> None:  # fmt: skip
        self.handler = handler
        self.block = block
        self.close = close
        self.active = active
        self.kind = kind
        self.own = own
        self.constant = constant
        self.repeats = repeats

    def marked(self, own: bool = False, constant: bool = False) -> Keyword:
        """Return the same keyword with these marks added."""
        own, constant = self.own or own, self.constant or constant
        return Keyword(self.handler, self.block, self.close, self.active, self.kind, own, constant, self.repeats)


class Repeats:
    """How a block takes over what another one with the same lines said.

    `outside` returns what else decides what it says, None if it is to be read anyway; `said` is what is kept of a block
    that was read and `again` takes it over.
    """

    def __init__(
        self, outside: Callable[[Session], object], said: Callable[[Session], Draft],
        again: Callable[[Session, Draft], None],
    ) -> None:  # fmt: skip
        self.outside = outside
        self.said = said
        self.again = again


_WITH_PARTS = ("virtual_server", "real_server")
INACTIVE = Keyword(active=False)
Table = Mapping[str, Keyword]


def later(words: Iterable[str], table: Callable[[Process], Table]) -> Table:
    """Return keywords of a table that is made when a process meets one of them."""

    def handler(session: Session, words: Words) -> None:
        session.said.add(words[0])
        enter(session, table(session.process)[words[0]], words)

    return dict.fromkeys(words, Keyword(handler))


def own(table: Table) -> Table:
    """Return a table of keywords that keepalived does not know."""
    return {word: keyword.marked(own=True) for word, keyword in table.items()}


def constant(table: Table) -> Table:
    """Return a table of keywords that do the same wherever the same lines stand."""
    return {word: keyword.marked(constant=True) for word, keyword in table.items()}


def place_of(spot: Spot | None, word: str = "", parent: bool = False) -> Place:
    """Return where a line stands; the column is a word's, if it stands in the line as it was written.

    The parent process counts the last line of a file only if it ends in a newline.
    """
    if spot is None:
        return Place()
    text = spot.text
    found = re.search(rf"(?<!\S){re.escape(word)}(?!\S)", text) if word else None
    column = found.start() + 1 if found else text.find(word) + 1 if word else 0
    if not column:
        column = len(text) - len(text.lstrip()) + 1
    return Place(spot.origin.name, spot.number - (parent and spot.unended), column)


class Session:
    """One process's reading. `current` are the blocks being read, by kind; `shared` is what all processes know.

    `said` are the words that `later` keywords were met by.
    """

    def __init__(self, process: Process, reading: Reading, around: Surroundings, shared: Draft) -> None:
        self.process = process
        self.around = around
        self.shared = shared
        self.current: dict[str, Draft] = {}
        self.lists: dict[str, list[Draft]] = {}
        self.said: set[str] = set()
        self.findings: list[Finding] = []
        self.pending = False
        self.leaving = False
        self.level = 0
        self.all_lines = reading.lines
        self.at = 0
        self.line_at = -1
        self.constant = True
        self.known: dict[object, Draft] = {}
        self._hints = 0

    @property
    def line(self) -> Line | None:
        """Return the line being read, None before the first."""
        return self.all_lines[self.line_at] if self.line_at >= 0 else None

    @property
    def spot(self) -> Spot | None:
        """Return where that line stands."""
        return self.all_lines.spot(self.line_at) if self.line_at >= 0 else None

    def forget_lines(self) -> None:
        """Give back the memory of the lines, when all are read."""
        self.all_lines, self.line_at = Lines(), -1
        self.known = {}

    def next(self) -> Line | None:
        """Return the next line, or None at the end."""
        if self.at >= len(self.all_lines):
            return None
        self.line_at = self.at
        self.at += 1
        return self.line

    def pass_block(self) -> None:
        """Go behind the block that the line being read opens."""
        close = self.all_lines.closes[self.line_at]
        if close < 0:
            self.at = len(self.all_lines)
            return
        self.at, self.line_at = close + 1, close

    def skip(self) -> None:
        """Skip the block that the next line opens, if it opens one."""
        self.pending = True

    def leave(self) -> None:
        """Skip what is left of the block that is being read."""
        self.pending = self.leaving = True

    def begin(self, kind: str, **values: object) -> Draft:
        """Begin a block of this kind, the last of its list."""
        draft: Draft = {**values, "_line": self.line_at}
        self.current[kind] = draft
        self.lists.setdefault(kind, []).append(draft)
        return draft

    def drop(self, kind: str) -> None:
        """Forget the last block of this kind."""
        self.lists[kind].pop()

    def place(self, word: str = "") -> Place:
        """Return where reading stands; the column is a word's, if it stands in the line as it was written."""
        return place_of(self.spot, word, self.process is Process.PARENT)

    def complain(self, code: str, message: str, word: str = "", level: Level = Level.FAULT) -> None:
        """Note that something is wrong in the line being read."""
        self.findings.append(Finding(code, message, self.place(word), level, self.process, self.at))

    def conclude(
        self, code: str, message: str, draft: Draft | None = None, level: Level = Level.FAULT, stops: bool = False
    ) -> None:
        """Note that something is wrong with the whole, or with a block; keepalived names no line then."""
        place = place_of(self.all_lines.spot(draft["_line"])) if draft and "_line" in draft else Place()
        order = len(self.all_lines) + 2
        self.findings.append(Finding(code, message, place, level, self.process, order, stops, lined=False))

    def unknown(self, words: Words, table: Table) -> None:
        """Note that a keyword is unknown here; say what may have been meant."""
        word = words[0]
        message = f"{word} is no keyword here"
        if self._hints < HINTS_MAX:
            self._hints += 1
            import difflib

            from standfast.dialects.keepalived.hints import hint

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
    lines, get, level = session.all_lines, table.get, session.level
    end = len(lines)
    while session.at < end:
        session.line_at = session.at
        session.at += 1
        words = lines.words(session.line_at)
        first = words[0]
        if session.pending:
            passed = _passed(session, first)
            if passed is not None:
                if passed and level:
                    return True
                continue
        if need_open:
            need_open = False
            if first == "{" and level:
                continue
            session.complain("brace", "a { is missing before this", first)
        elif first == "{":
            session.complain("brace", "no block begins here: this { counts for nothing", first)
            continue
        if first == "}" and level:
            return False
        keyword = get(first)
        if keyword is None:
            session.unknown(words, table)
        elif not keyword.active:
            session.skip()
        else:
            enter(session, keyword, words)
    return False


def _passed(session: Session, first: str) -> bool | None:
    """Skip what counts for nothing; return whether a block ended by that, or None if this line counts again.

    `first` is the line's first word.
    """
    if session.leaving:
        if first == "{":
            session.pass_block()
        elif first == "}":
            session.leaving = session.pending = False
            return True
        return False
    session.pending = False
    if first != "{":
        return None
    session.pass_block()
    return True


def enter(session: Session, keyword: Keyword, words: Words) -> None:
    """Do what a keyword does with the line being read, and read the block that it opens."""
    session.constant &= keyword.constant
    if keyword.own:
        session.complain(OWN_KEYWORD, f"{words[0]} is a keyword of standfast's: keepalived does not know it", words[0])
    session.current.pop(keyword.kind, None)  # a block that is declined is not the one before it
    if keyword.handler is not None:
        try:
            keyword.handler(session, words)
        except MissingArgumentError as after:
            session.complain("missing-argument", f"{words[0]}: an argument is missing after {after}", words[0],
                             Level.MISSING_ARGUMENT)  # fmt: skip
            session.skip()
    if keyword.block is None:
        return
    begun = not keyword.kind or keyword.kind in session.current
    table = keyword.block
    if not begun:
        table = mute(table) if keyword.kind in _WITH_PARTS else table
        session.current[keyword.kind] = {"name": "", "_line": session.line_at}
    if begun and keyword.repeats is not None:
        skipped = _read_or_known(session, table, keyword.repeats)
    else:
        skipped = _read(session, table)
    if not begun:
        del session.current[keyword.kind]
    elif not skipped and keyword.close is not None:
        keyword.close(session)


def _read(session: Session, table: Table) -> bool:
    """Read the block that the next line opens; return whether it was left by skipping one in it."""
    session.level += 1
    skipped = run(session, table, need_open=True)
    session.level -= 1
    return skipped


def _read_or_known(session: Session, table: Table, repeats: Repeats) -> bool:
    """Do as `_read`. A block whose lines were read before, all constant and without a finding, is not read again."""
    lines, opens = session.all_lines, session.at
    close = lines.closes[opens] if opens < len(lines) else -1
    outside = repeats.outside(session) if close > 0 and not session.pending else None
    if outside is None:
        return _read(session, table)
    key = lines.said(opens, close), outside
    known = session.known.get(key)
    if known is not None:
        repeats.again(session, known)
        session.at, session.line_at = close + 1, close
        return False
    session.constant, findings = True, len(session.findings)
    skipped = _read(session, table)
    clean = session.constant and not skipped and len(session.findings) == findings
    if clean and session.at == close + 1 and len(session.known) < _KNOWN_MAX:
        session.known[key] = repeats.said(session)
    return skipped


def mute(table: Table) -> Table:
    """Return a table of the same keywords that do nothing: for a block that was declined and has no { to skip it by."""
    return {word: Keyword(block=None if entry.block is None else mute(entry.block)) for word, entry in table.items()}


def value_lines(session: Session, words: Words, each: Callable[[Session, Words], None]) -> None:
    """Read a block of plain lines, up to its first }; call `each` with the words of every line.

    Raises: MissingArgumentError if there are no `words` to name the block by, and its { is missing.
    """
    if len(words) > 1:
        session.complain("extra-words", f"{words[0]} takes nothing but a block", words[1])
    opened = False
    while (line := session.next()) is not None:
        values = line.words
        if not opened:
            opened = True
            if values[0] == "{":
                continue
            if not words:
                raise MissingArgumentError(values[0])
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
