"""Rules: `rule [$id=…] [$role=…] [score:] expression [and|or expression …]`, and dates in them."""

from __future__ import annotations

import re

from lxml import etree

from standfast.dialects.crm import vocabulary
from standfast.dialects.crm.cursor import Cursor, Lost
from standfast.dialects.crm.tokens import Token

ID_SPEC = re.compile(r"(\$id|\$id-ref)=(.+)", re.IGNORECASE)
SCORE_WORD = re.compile(r"([^:]+):")
ROLE_WORD = re.compile(r"\$?role=(.+)", re.IGNORECASE)
_SCORE = re.compile(r"([+-]?)(inf|infinity|[0-9]+)", re.IGNORECASE)
_OPERATOR = re.compile(r"(?:([a-z]+):)?([a-z]+)", re.IGNORECASE)
_VALUE = re.compile(r"([^\s{}]+)\{(\S+)\}")
_ATTRIBUTE = re.compile(r"[\w#$-][^=]*")
_NAMED_SCORES = {"advisory": "0", "mandatory": "INFINITY"}


def score_of(text: str) -> str | None:
    """Return a score as the document has it; None if the word is no score (then it may name an attribute)."""
    if named := _NAMED_SCORES.get(text.lower()):
        return named
    found = _SCORE.fullmatch(text)
    if not found:
        return None
    return found[1] + ("INFINITY" if found[2].lower().startswith("inf") else found[2])


def set_score(element: etree._Element, text: str) -> None:
    """Set `score`, or `score-attribute` if the word names a node attribute."""
    score = score_of(text)
    element.set("score" if score is not None else "score-attribute", score if score is not None else text)


def read_all(cursor: Cursor, parent: etree._Element) -> int:
    """Read the rules that stand here into `parent`; return how many."""
    count = 0
    while keyword := cursor.accept("rule"):
        _rule(cursor, cursor.element("rule", keyword, parent))
        count += 1
    return count


def _rule(cursor: Cursor, rule: etree._Element) -> None:
    referenced = False
    if spec := cursor.accept_match(ID_SPEC):
        rule.set(spec[1].lower()[1:], spec[2])
        referenced = spec[1].lower() == "$id-ref"
    if role := cursor.accept_match(ROLE_WORD):
        rule.set("role", cursor.choose(cursor.last(), role[1], vocabulary.ROLES, "role"))
    if referenced:
        return
    if score := cursor.accept_match(SCORE_WORD):
        set_score(rule, score[1])
    else:
        rule.set("score", "INFINITY")
    _expressions(cursor, rule)


def _expressions(cursor: Cursor, rule: etree._Element) -> None:
    operator = ""
    _expression(cursor, rule)
    while joint := cursor.accept(*vocabulary.BOOLEAN_OPERATORS):
        if operator and joint.key != operator:
            cursor.report(joint, "crm.mixed-operators", f"{joint.text!r} after {operator!r} in one rule", operator)
        operator = operator or joint.key
        _expression(cursor, rule)
    if operator == "or":
        rule.set("boolean-op", "or")


def _expression(cursor: Cursor, rule: etree._Element) -> None:
    first = cursor.take("an expression, such as: #uname eq n1, or: not_defined pingd, or: date gt 2026-01-01")
    if first.key == "date":
        _date(cursor, cursor.element("date_expression", first, rule))
        return
    made = cursor.element("expression", first, rule)
    if first.key in vocabulary.UNARY_OPERATORS:
        made.set("operation", first.key)
        made.set("attribute", _attribute(cursor, cursor.take("the name of a node attribute")))
        return
    operator = cursor.take(f"an operator after {first.text!r}: {', '.join(vocabulary.BINARY_OPERATORS)}")
    kind, name = _operator(cursor, operator)
    made.set("operation", name)
    made.set("attribute", _attribute(cursor, first))
    if kind:
        made.set("type", kind)
    _set_value(made, cursor.take(f"the value that {first.text!r} is compared with"))


def _attribute(cursor: Cursor, token: Token) -> str:
    if not _ATTRIBUTE.fullmatch(token.text):
        cursor.report(token, "crm.attribute", f"{token.text!r} is no attribute's name", "a name such as #uname")
    return token.text


def _operator(cursor: Cursor, token: Token) -> tuple[str, str]:
    found = _OPERATOR.fullmatch(token.text)
    kind, name = (found[1] or "", found[2].lower()) if found else ("", token.text)
    if name not in vocabulary.BINARY_OPERATORS:
        expected = vocabulary.one_of(vocabulary.BINARY_OPERATORS, name)
        cursor.report(token, "crm.operator", f"{token.text!r} is no operator of a rule", expected)
        raise Lost
    return (cursor.choose(token, kind, vocabulary.VALUE_TYPES, "type of a value") if kind else ""), name


def _set_value(expression: etree._Element, token: Token) -> None:
    sourced = _VALUE.fullmatch(token.text)
    expression.set("value", sourced[2] if sourced else token.text)
    if sourced:
        expression.set("value-source", sourced[1])


def _date(cursor: Cursor, made: etree._Element) -> None:
    word = cursor.take("lt, gt, in or spec")
    operation = vocabulary.DATE_OPERATIONS.get(word.key)
    if operation is None:
        expected = vocabulary.one_of(("lt", "gt", "in", "spec"), word.text)
        cursor.report(word, "crm.operator", f"{word.text!r} is no operation on dates", expected)
        raise Lost
    made.set("operation", operation)
    if operation in ("lt", "gt"):
        made.set("end" if operation == "lt" else "start", cursor.take("a date").text)
        return
    _date_fields(cursor, made, word, with_range=operation == "in_range")


def _date_fields(cursor: Cursor, made: etree._Element, word: Token, *, with_range: bool) -> None:
    """Read `start=`, `end=` and the fields of a duration or date_spec."""
    names = (("start", "end") if with_range else ()) + vocabulary.DATE_FIELDS
    part: etree._Element | None = None
    count = 0
    while (token := cursor.peek()) and (name := token.text.partition("=")[0]) in names and "=" in token.text:
        cursor.at += 1
        count += 1
        if name in ("start", "end"):
            made.set(name, token.text.partition("=")[2])
            continue
        if part is None:
            part = cursor.element("duration" if with_range else "date_spec", token, made)
        part.set(name, token.text.partition("=")[2])
    if not count:
        cursor.report(word, "crm.date", f"date {word.text} has no fields", vocabulary.one_of(names))
