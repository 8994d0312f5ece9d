"""The place where a statement is being read, and what was found wrong on the way."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from lxml import etree

from standfast.dialects.crm import elements, vocabulary
from standfast.dialects.crm.tokens import Statement, Token
from standfast.errors import Report, Severity

_ID = re.compile(r"[^\W\d][\w.-]*$")


class Lost(Exception):  # noqa: N818 - a signal of the reader to itself, never seen outside
    """The rest of the statement cannot be read; the report is already made."""


class Cursor:
    """Reads a statement's words one by one."""

    def __init__(self, statement: Statement, reports: list[Report]) -> None:
        self.statement, self.reports = statement, reports
        self.at = 0
        self.end = len(statement.tokens)

    @property
    def name(self) -> str:
        """Return the statement's keyword, for messages."""
        return self.statement.tokens[0].text

    def peek(self, ahead: int = 0) -> Token | None:
        """Return the next word, or the one `ahead` of it; None after the last."""
        return self.statement.tokens[self.at + ahead] if self.at + ahead < self.end else None

    def key(self) -> str:
        """Return the next word as a keyword; empty after the last."""
        token = self.peek()
        return token.key if token else ""

    def take(self, expected: str) -> Token:
        """Return the next word and pass it. Raises: Lost at the end, reported with what was expected."""
        token = self.peek()
        if token is None:
            self.report(None, "crm.incomplete", f"{self.name} ends too early", expected)
            raise Lost
        self.at += 1
        return token

    def accept(self, *keywords: str) -> Token | None:
        """Pass the next word if it is one of these."""
        token = self.peek()
        if token is not None and token.key in keywords:
            self.at += 1
            return token
        return None

    def accept_match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Pass the next word if all of it has this form."""
        token = self.peek()
        found = pattern.fullmatch(token.text) if token else None
        if found:
            self.at += 1
        return found

    def last(self) -> Token:
        """Return the word passed last."""
        return self.statement.tokens[max(self.at - 1, 0)]

    def tail(self, prefix: str) -> tuple[Token, str] | None:
        """Take a `name=value` from the statement's end; return its word and value."""
        token = self.statement.tokens[self.end - 1]
        if self.end - 1 <= self.at or not token.text.lower().startswith(prefix + "="):
            return None
        self.end -= 1
        return token, token.text[len(prefix) + 1 :]

    def report(
        self, token: Token | None, code: str, message: str, expected: str = "", severity: Severity = Severity.ERROR
    ) -> None:
        """Keep a finding at this word (None: at the statement's end)."""
        self.reports.append(Report(code, message, expected, self.statement.place(token), severity))

    def identifier(self, what: str) -> Token:
        """Return the next word, checked to be an XML id."""
        token = self.take(f"the id of the {what}")
        if token.text.lower().startswith("id=") and not token.quoted:
            token = Token(token.text[3:], token.line, token.column)
        self.check_id(token, what)
        return token

    def check_id(self, token: Token, what: str) -> None:
        """Report a word that cannot be an id."""
        if not _ID.match(token.text):
            expected = "a letter or _, then letters, digits, '.', '-' or '_'"
            self.report(token, "crm.id", f"{token.text!r} cannot be the id of a {what}", expected)

    def choose(self, token: Token, text: str, choices: Iterable[str], what: str) -> str:
        """Return the choice that this text is, whatever its case; reports another word and returns it unchanged."""
        names = list(choices)
        for name in names:
            if name.lower() == text.lower():
                return name
        self.report(token, "crm.choice", f"{text!r} is no {what}", vocabulary.one_of(names, text))
        return text

    def truth(self, token: Token, text: str) -> str:
        """Return `true` or `false` for a boolean word."""
        if text.lower() in vocabulary.TRUE_WORDS:
            return "true"
        if text.lower() not in vocabulary.FALSE_WORDS:
            self.report(token, "crm.boolean", f"{text!r} is no boolean", "true or false")
        return "false"

    def finish(self, expected: str = "the end of the statement") -> None:
        """Report words that nothing has read."""
        if (token := self.peek()) is not None:
            self.report(token, "crm.unexpected", f"{token.text!r} is not understood here", expected)
            self.at = self.end

    def skip_to(self, keywords: Collection[str]) -> None:
        """Report the word that stands here, and pass all up to one of the keywords."""
        token = self.peek()
        if token is not None:
            expected = vocabulary.one_of(keywords, token.text)
            self.report(token, "crm.unexpected", f"{token.text!r} is not understood here", expected)
        while (token := self.peek()) is not None and token.key not in keywords:
            self.at += 1

    def element(self, tag: str, token: Token | None = None, parent: etree._Element | None = None) -> etree._Element:
        """Return a new element that knows the line it was read from."""
        made = etree.Element(tag) if parent is None else etree.SubElement(parent, tag)
        elements.set_line(made, (token or self.last()).line)
        return made
