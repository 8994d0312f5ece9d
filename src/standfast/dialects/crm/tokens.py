"""Words of the crm shell's language, each with its place, and the statements they make.

A statement is a line; a backslash at the line's end joins it with the next. Words are quoted as in a shell. A line
that begins with `#` is a comment and belongs to the statement after it.
Deviates: crmsh glues the words on both sides of a backslash that has no space around it; a next line that is
indented begins a new word here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from standfast.errors import Place, Report

_JOINED = re.compile(r"\\[ \t]*(?=\n|$)")
_TYPOGRAPHIC = {"\u201c": '"', "\u201d": '"', "\u2018": "'", "\u2019": "'", "\u00a0": "a plain space"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PROMPT = re.compile(r"crm(\([^)\s]*\))?(configure)?#$")


class Token(msgspec.Struct, frozen=True):
    """A word without its quotes, and where it begins."""

    text: str
    line: int
    column: int
    quoted: bool = False

    @property
    def key(self) -> str:
        """Return the word in small letters, as keywords are compared; a quoted word is no keyword."""
        return "" if self.quoted else self.text.lower()


class Statement(msgspec.Struct, frozen=True):
    """One command: its words, its file, and for `xml` the text as written."""

    file: str
    tokens: tuple[Token, ...]
    raw: str = ""
    comments: tuple[str, ...] = ()

    def place(self, token: Token | None = None) -> Place:
        """Return where this word is; without one, where the statement ends."""
        if token is not None:
            return Place(self.file, token.line, token.column)
        last = self.tokens[-1]
        return Place(self.file, last.line, last.column + len(last.text))


class _Scanner:
    """Walks over the text by characters and keeps the place."""

    def __init__(self, text: str, file: str, reports: list[Report]) -> None:
        self.text, self.file, self.reports = text, file, reports
        self.at, self.line, self.line_start = 0, 1, 0

    @property
    def column(self) -> int:
        return self.at - self.line_start + 1

    def step(self, count: int = 1) -> None:
        for _ in range(count):
            if self.text[self.at] == "\n":
                self.line += 1
                self.line_start = self.at + 1
            self.at += 1

    def rest_of_line(self) -> str:
        end = self.text.find("\n", self.at)
        return self.text[self.at : end if end >= 0 else len(self.text)]

    def report(self, code: str, message: str, expected: str, line: int, column: int) -> None:
        self.reports.append(Report(code, message, expected, Place(self.file, line, column)))

    def skip_blank(self) -> bool:
        """Pass blanks and joined line ends; return whether the statement goes on."""
        while self.at < len(self.text):
            if joined := _JOINED.match(self.text, self.at):
                self.step(joined.end() - self.at + (joined.end() < len(self.text)))
            elif self.text[self.at] in " \t\r":
                self.step()
            else:
                return self.text[self.at] != "\n"
        return False

    def word(self) -> Token:
        """Return the word that begins here."""
        line, column, parts, quoted = self.line, self.column, [], self.text[self.at] in "'\""
        while self.at < len(self.text) and not self.text[self.at].isspace():
            char = self.text[self.at]
            if char in "'\"":
                parts.append(self.quotation(char))
            elif char == "\\" and not _JOINED.match(self.text, self.at):
                self.step()
                parts.append(self.text[self.at])
                self.step()
            elif char == "\\":
                self.step(len(_JOINED.match(self.text, self.at)[0]))  # type: ignore[index]
                if self.at < len(self.text):
                    self.step()
            else:
                self.check(char)
                parts.append(char)
                self.step()
        return Token("".join(parts), line, column, quoted)

    def quotation(self, mark: str) -> str:
        """Return what the quotes that begin here hold; they end with the line if nothing else ends them."""
        line, column, parts = self.line, self.column, []
        self.step()
        while self.at < len(self.text) and self.text[self.at] != mark:
            if joined := _JOINED.match(self.text, self.at):
                self.step(min(joined.end() - self.at + 1, len(self.text) - self.at))
                continue
            if self.text[self.at] == "\n":
                break
            if self.text[self.at] == "\\" and mark == '"' and self.text[self.at + 1 : self.at + 2] in ('"', "\\"):
                self.step()
            parts.append(self.text[self.at])
            self.step()
        if self.text[self.at : self.at + 1] == mark:
            self.step()
        else:
            self.report("crm.quote-open", f"the quote {mark} is not closed", f"{mark} on the same line", line, column)
        return "".join(parts)

    def check(self, char: str) -> None:
        if plain := _TYPOGRAPHIC.get(char):
            self.report("crm.typographic", f"read {char!r} outside of quotes", plain, self.line, self.column)


def _without_control(text: str, file: str, reports: list[Report]) -> str:
    """Return the text with what XML cannot hold replaced, each reported."""
    for found in _NOT_XML.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - (text.rfind("\n", 0, found.start()) + 1) + 1
        message = f"the character U+{ord(found[0]):04X} cannot be stored"
        reports.append(Report("crm.character", message, "text", Place(file, line, column)))
    return _NOT_XML.sub("?", text)


def split(text: str, file: str, reports: list[Report]) -> list[Statement]:
    """Return the statements of a text; what is wrong with its words is added to `reports`."""
    text = _without_control(text.removeprefix("\ufeff").replace("\r\n", "\n"), file, reports)
    scanner, statements, comments = _Scanner(text, file, reports), [], []
    while scanner.at < len(text):
        if not scanner.skip_blank():
            scanner.step(min(1, len(text) - scanner.at))
        elif text[scanner.at] == "#":
            comments.append(scanner.rest_of_line())
            scanner.step(len(scanner.rest_of_line()))
        else:
            statements.append(_statement(scanner, tuple(comments)))
            comments = []
    return [s for s in statements if s.tokens]


def _statement(scanner: _Scanner, comments: tuple[str, ...]) -> Statement:
    tokens: list[Token] = []
    while scanner.skip_blank():
        start = scanner.at
        if tokens and tokens[0].key == "xml" and len(tokens) == 1:
            tokens.append(Token("", scanner.line, scanner.column))
            raw = _raw(scanner)
            return Statement(scanner.file, tuple(tokens), raw, comments)
        tokens.append(scanner.word())
        if scanner.at == start:  # a lone control character: never stand still
            scanner.step()
        tokens = _unprompted(tokens)
    return Statement(scanner.file, tuple(tokens), "", comments)


def _raw(scanner: _Scanner) -> str:
    """Return the rest of the statement as written, line ends that were joined kept as line ends."""
    lines: list[str] = []
    while scanner.at < len(scanner.text):
        line = scanner.rest_of_line()
        scanner.step(len(line))
        lines.append(line.rstrip().removesuffix("\\"))
        if not line.rstrip().endswith("\\"):
            break
        scanner.step(min(1, len(scanner.text) - scanner.at))
    return "\n".join(lines)


def _unprompted(tokens: list[Token]) -> list[Token]:
    """Drop what a line copied from a terminal begins with: a prompt, `crm configure`."""
    if len(tokens) == 1 and _PROMPT.match(tokens[0].text):
        return []
    if len(tokens) >= 2 and tokens[0].key == "crm" and tokens[1].key == "configure":
        return tokens[2:]
    return tokens


def from_words(words: Iterable[str], file: str = "") -> Statement:
    """Return the statement that these arguments of a command make; columns count in the joined line."""
    tokens, column = [], 1
    for word in words:
        tokens.append(Token(word, 1, column))
        column += len(word) + 1
    return Statement(file, tuple(tokens), _joined(tokens[1:]))


def _joined(tokens: Sequence[Token]) -> str:
    return " ".join(t.text for t in tokens)
