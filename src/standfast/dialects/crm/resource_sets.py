"""Resource sets of constraints: `a b:Role ( c d ) [ e f sequential=true ]`.

Plain: sequential, all required. ( ): not sequential. [ ]: not sequential, one is enough.
Source: crmsh's manual, "Syntax: Resource sets".
"""

from __future__ import annotations

import msgspec
from lxml import etree

from standfast.dialects.crm import vocabulary
from standfast.dialects.crm.cursor import Cursor
from standfast.dialects.crm.tokens import Token
from standfast.errors import Severity

_CLOSING = {"(": ")", "[": "]"}
DEGENERATE = "_rsc_set_"


def split_brackets(tokens: list[Token]) -> list[Token]:
    """Return the words with brackets as words of their own."""
    out: list[Token] = []
    for token in tokens:
        text, column, tail = token.text, token.column, list[Token]()
        while len(text) > 1 and text[0] in "([" and not token.quoted:
            out.append(Token(text[0], token.line, column))
            text, column = text[1:], column + 1
        while len(text) > 1 and text[-1] in ")]" and not token.quoted:
            tail.insert(0, Token(text[-1], token.line, column + len(text) - 1))
            text = text[:-1]
        out += [Token(text, token.line, column, token.quoted), *tail]
    return out


def qualified(cursor: Cursor, token: Token, attribute: str) -> tuple[str, str]:
    """Return a resource and its role or action (empty: none), both checked."""
    name, colon, word = token.text.partition(":")
    cursor.check_id(msgspec.structs.replace(token, text=name), "resource")
    if not colon:
        return name, ""
    if attribute == "role":
        return name, cursor.choose(token, word, vocabulary.ROLES, "role")
    return name, _action(cursor, token, word)


def _action(cursor: Cursor, token: Token, word: str) -> str:
    """Return the action; a role in its place is read as what leads to it, with a warning."""
    meant = vocabulary.ACTION_OF_ROLE.get(word.lower())
    if meant is None:
        return cursor.choose(token, word, vocabulary.ACTIONS, "action")
    message = f"{word!r} is a role; an order has actions: read as {meant!r}"
    cursor.report(token, "crm.role-for-action", message, meant, Severity.WARNING)
    return meant


class _Reader:
    """Collects sets; a change of role or action, and a bracket, begin a new one."""

    def __init__(self, cursor: Cursor, attribute: str, parent: etree._Element) -> None:
        self.cursor = cursor
        self.attribute = attribute
        self.parent = parent
        self.opened: Token | None = None
        self.sequential = True
        self.require_all = True
        self.current: etree._Element | None = None
        self.qualifier = ""

    def open(self, token: Token) -> None:
        if self.opened is not None:
            self.cursor.report(token, "crm.bracket", "a set inside a set", _CLOSING[self.opened.text])
        self.close_set()
        self.opened, self.sequential, self.require_all = token, False, token.text == "("

    def close(self, token: Token) -> None:
        if self.opened is None:
            self.cursor.report(token, "crm.bracket", f"{token.text!r} closes nothing", "( or [ before it")
        elif token.text != _CLOSING[self.opened.text]:
            expected = _CLOSING[self.opened.text]
            self.cursor.report(token, "crm.bracket", f"{token.text!r} closes {self.opened.text!r}", expected)
        elif self.current is None:
            self.cursor.report(token, "crm.empty", "an empty resource set", "one resource at least")
        self.close_set()
        self.opened, self.sequential, self.require_all = None, True, True

    def close_set(self) -> None:
        if self.current is not None:
            if not self.require_all:
                self.current.set("require-all", "false")
            if not self.sequential:
                self.current.set("sequential", "false")
            if self.qualifier:
                self.current.set(self.attribute, self.qualifier)
        self.current, self.qualifier = None, ""

    def set_attribute(self, token: Token) -> None:
        name, _, word = token.text.partition("=")
        if name not in ("sequential", "require-all"):
            expected = vocabulary.one_of(("sequential", "require-all"), name)
            self.cursor.report(token, "crm.set-attribute", f"{name!r} is no attribute of a resource set", expected)
        elif name == "sequential":
            self.sequential = self.cursor.truth(token, word) == "true"
        else:
            self.require_all = self.cursor.truth(token, word) == "true"

    def resource(self, token: Token) -> None:
        name, qualifier = qualified(self.cursor, token, self.attribute)
        if self.current is None or qualifier != self.qualifier:
            sequential, require_all = self.sequential, self.require_all
            self.close_set()
            self.sequential, self.require_all, self.qualifier = sequential, require_all, qualifier
            self.current = self.cursor.element("resource_set", token, self.parent)
        self.cursor.element("resource_ref", token, self.current).set("id", name)


def read(cursor: Cursor, tokens: list[Token], attribute: str, parent: etree._Element) -> None:
    """Read sets from these words into `parent`. `attribute`: role or action."""
    reader = _Reader(cursor, attribute, parent)
    for token in split_brackets(tokens):
        if token.text in _CLOSING:
            reader.open(token)
        elif token.text in _CLOSING.values():
            reader.close(token)
        elif token.text == DEGENERATE:
            continue
        elif "=" in token.text:
            reader.set_attribute(token)
        else:
            reader.resource(token)
    if reader.opened is not None:
        expected = _CLOSING[reader.opened.text]
        cursor.report(reader.opened, "crm.bracket", f"{reader.opened.text!r} is not closed", expected)
    reader.close_set()
