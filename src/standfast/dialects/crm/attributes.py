"""Lists of attributes: `[$id=…|$id-ref=…] [score:] [rule …] name=value …`, and operations with theirs."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from lxml import etree

from standfast.dialects.crm import elements, rules, vocabulary
from standfast.dialects.crm.cursor import Cursor, Lost
from standfast.dialects.crm.tokens import Token

_REFERENCE = re.compile(r"@([^:]+)(?::(.+))?")
_WITH_ID = re.compile(r"\$([^:=]+)(?::([^=]+))?=(.*)", re.DOTALL)
_PAIR = re.compile(r"([^=@$][^=]*)=(.*)", re.DOTALL)
_NAME = re.compile(r"[^:=@$\s{}()\[\]][^:=]*")
DESCRIPTION = re.compile(r"description=(.+)", re.IGNORECASE | re.DOTALL)


def read_description(cursor: Cursor, element: etree._Element) -> None:
    """Read `description=…` if it stands here."""
    if found := cursor.accept_match(DESCRIPTION):
        element.set("description", found[1])


def read_pair(cursor: Cursor, parent: etree._Element, stop: Collection[str]) -> bool:
    """Read one attribute into `parent`; return False, nothing passed, where none stands."""
    token = cursor.peek()
    if token is None or token.key in stop:
        return False
    values: dict[str, str]
    if found := _REFERENCE.fullmatch(token.text):
        values = {"id-ref": found[1]} | ({"name": found[2]} if found[2] else {})
    elif token.text.lower().startswith(("$id=", "$id-ref=")):
        return False
    elif found := _WITH_ID.fullmatch(token.text):
        values = {"id": found[1], "name": found[2] or found[1], "value": found[3]}
    elif found := _PAIR.fullmatch(token.text):
        values = {"name": found[1], "value": found[2]}
    elif (found := _NAME.fullmatch(token.text)) and stop:
        _check_bare_name(cursor, token, stop)
        values = {"name": token.text}
    else:
        return False
    cursor.at += 1
    elements.put(cursor.element("nvpair", token, parent), values)
    return True


def _check_bare_name(cursor: Cursor, token: Token, keywords: Collection[str]) -> None:
    """A bare name is an attribute without a value, unless it looks like a keyword."""
    near = "" if token.quoted else vocabulary.nearest(token.text, keywords)
    if near and len(token.text) > 1:
        cursor.report(token, "crm.keyword", f"{token.text!r} is neither a keyword nor name=value", near)


def read_list(cursor: Cursor, parent: etree._Element, tag: str, keyword: Token, stop: Collection[str]) -> None:
    """Read one list into a new element of `parent`; its keyword is passed already."""
    made = cursor.element(tag, keyword, parent)
    if spec := cursor.accept_match(rules.ID_SPEC):
        made.set(spec[1].lower()[1:], spec[2])
        if spec[1].lower() == "$id-ref":
            return
    if score := cursor.accept_match(rules.SCORE_WORD):
        made.set("score", rules.score_of(score[1]) or score[1])
        if rules.score_of(score[1]) is None:
            cursor.report(cursor.last(), "crm.score", f"{score[1]!r} is no score", "a number, inf or -inf")
    rules.read_all(cursor, made)
    while read_pair(cursor, made, stop):
        pass


def read_lists(
    cursor: Cursor, parent: etree._Element, lists: Mapping[str, str], first: str, others: Collection[str] = ()
) -> None:
    """Read all lists that stand here; attributes before any keyword belong to the list `first`.

    `others` are the keywords that the caller reads itself.
    """
    stop = {*lists, *others, "rule"}
    token = cursor.peek()
    if token is not None and token.key not in {*lists, *others} and _begins_list(token):
        before = cursor.at
        read_list(cursor, parent, lists[first], token, stop)
        if cursor.at == before:
            parent.remove(parent[-1])
    while keyword := cursor.accept(*lists):
        read_list(cursor, parent, lists[keyword.key], keyword, stop)


def _begins_list(token: Token) -> bool:
    """Return whether the word can be the first of a list that has no keyword; a bare name cannot."""
    return "=" in token.text or token.text.startswith("@") or token.text.endswith(":") or token.key == "rule"


def read_operations(cursor: Cursor, parent: etree._Element, keyword: Token, stop: Collection[str]) -> None:
    """Read `operations $id=…` or the `op …` that stands here, and the `op …` that follow."""
    made = cursor.element("operations", keyword, parent)
    if keyword.key == "operations":
        spec = cursor.accept_match(rules.ID_SPEC)
        if not spec:
            cursor.report(cursor.peek(), "crm.operations", "operations without an id", "$id=… or $id-ref=…")
        else:
            made.set(spec[1].lower()[1:], spec[2])
    else:
        cursor.at -= 1
    while keyword_op := cursor.accept("op"):
        read_operation(cursor, made, keyword_op, stop)


def read_operation(cursor: Cursor, parent: etree._Element, keyword: Token, stop: Collection[str]) -> None:
    """Read an operation: `op NAME attribute=value …`, what is no attribute of it being a parameter."""
    name = cursor.take("an operation: " + ", ".join(vocabulary.OPERATION_NAMES[:5]) + ", …")
    made = cursor.element("op", keyword, parent)
    made.set("name", name.text)
    _check_operation_name(cursor, name)
    own = {*vocabulary.OPERATION_LISTS, *stop}
    pairs = etree.Element("instance_attributes")
    while read_pair(cursor, pairs, own):
        pass
    _sort_out(made, pairs)
    if made.get("interval") is None:
        made.set("interval", "0")
    if len(pairs):
        made.append(pairs)
        elements.set_line(pairs, keyword.line)
    while list_keyword := cursor.accept(*vocabulary.OPERATION_LISTS):
        read_list(cursor, made, vocabulary.OPERATION_LISTS[list_keyword.key], list_keyword, own)


def _check_operation_name(cursor: Cursor, name: Token) -> None:
    if "=" in name.text:
        cursor.report(name, "crm.operation", f"{name.text!r} stands where an operation's name belongs", "monitor, …")
        raise Lost
    near = vocabulary.nearest(name.text, vocabulary.OPERATION_NAMES, 0.75)
    if near and near != name.text:
        cursor.report(name, "crm.operation", f"{name.text!r} is no operation", near)


def _sort_out(operation: etree._Element, pairs: etree._Element) -> None:
    """Move the operation's own attributes from the list to it."""
    for pair in list(pairs):
        if pair.get("name") in vocabulary.OPERATION_ATTRIBUTES and "id" not in pair.attrib:
            operation.set(pair.get("name", ""), pair.get("value", ""))
            pairs.remove(pair)
