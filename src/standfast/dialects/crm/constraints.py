"""Constraints: location, colocation, order, rsc_ticket."""

from __future__ import annotations

import re

from lxml import etree

from standfast.dialects.crm import resource_sets, rules, vocabulary
from standfast.dialects.crm.cursor import Cursor, Lost
from standfast.dialects.crm.tokens import Token

_PATTERN = re.compile(r"/(.+)/")
_LOCATION_ATTRIBUTE = re.compile(r"\$?([\w-]+)=(.*)")
_SETTABLE = ("role", "resource-discovery")


def read_location(cursor: Cursor) -> etree._Element:
    """Read a location; the keyword is passed already."""
    made = cursor.element("rsc_location")
    made.set("id", cursor.identifier("location").text)
    _located(cursor, made)
    _location_attributes(cursor, made)
    if score := cursor.accept_match(rules.SCORE_WORD):
        rules.set_score(made, score[1])
        _whole_score(cursor, made, cursor.last(), score[1])
        made.set("node", cursor.take("the node's name").text)
        _location_attributes(cursor, made)
    elif not rules.read_all(cursor, made):
        cursor.report(cursor.peek(), "crm.location", "no preference", "SCORE: NODE, or: rule …")
    cursor.finish()
    return made


def _whole_score(cursor: Cursor, made: etree._Element, token: Token, text: str) -> None:
    if "score-attribute" in made.attrib:
        cursor.report(token, "crm.score", f"{text!r} is no score", "a number, inf or -inf, then a colon")


def _located(cursor: Cursor, made: etree._Element) -> None:
    """Read what is located: a resource, a tag, /a pattern/ or { a set }."""
    if pattern := cursor.accept_match(_PATTERN):
        made.set("rsc-pattern", pattern[1])
        return
    token = cursor.take("a resource, /pattern/ or { set }")
    if not token.text.startswith("{") or token.quoted:
        cursor.check_id(token, "resource")
        made.set("rsc", token.text)
        return
    _braced(cursor, made, token)


def _braced(cursor: Cursor, made: etree._Element, opening: Token) -> None:
    tokens: list[Token] = []
    token = opening
    text, column = opening.text[1:], opening.column + 1
    while True:
        closing = text.endswith("}")
        if text.rstrip("}"):
            tokens.append(Token(text.rstrip("}"), token.line, column))
        if closing:
            break
        if cursor.peek() is None:
            cursor.report(opening, "crm.bracket", "'{' is not closed", "}")
            raise Lost
        token = cursor.take("}")
        text, column = token.text, token.column
    if not tokens:
        cursor.report(opening, "crm.empty", "an empty resource set", "one resource at least")
    resource_sets.read(cursor, tokens, "role", made)


def _location_attributes(cursor: Cursor, made: etree._Element) -> None:
    while found := cursor.accept_match(_LOCATION_ATTRIBUTE):
        token, name, value = cursor.last(), found[1].lower(), found[2]
        if name == "role":
            value = cursor.choose(token, value, vocabulary.ROLES, "role")
        elif name == "resource-discovery":
            value = cursor.choose(token, value, vocabulary.DISCOVERIES, "kind of resource discovery")
        else:
            expected = vocabulary.one_of(_SETTABLE, name)
            cursor.report(token, "crm.location", f"{name!r} is no attribute of a location", expected)
            continue
        made.set(name, value)


def _members(
    cursor: Cursor, made: etree._Element, attribute: str, names: tuple[str, ...], suffixes: tuple[str, ...]
) -> None:
    """Read the resources: the simple form if there are as many as `names`, else sets."""
    tokens = list(cursor.statement.tokens[cursor.at : cursor.end])
    cursor.at = cursor.end
    simple = len(tokens) == len(names) and not any(re.search(r"^[(\[]|[)\]]$|=|^_rsc_set_$", t.text) for t in tokens)
    if simple:
        for token, name, suffix in zip(tokens, names, suffixes, strict=True):
            resource, qualifier = resource_sets.qualified(cursor, token, attribute)
            made.set(name, resource)
            if qualifier:
                made.set(suffix, qualifier)
    elif tokens:
        resource_sets.read(cursor, tokens, attribute, made)
    else:
        cursor.report(None, "crm.incomplete", f"{cursor.name} names no resources", f"{len(names)} resources, or sets")


def read_colocation(cursor: Cursor) -> etree._Element:
    """Read a colocation; the keyword is passed already."""
    made = cursor.element("rsc_colocation")
    made.set("id", cursor.identifier("colocation").text)
    score = cursor.accept_match(rules.SCORE_WORD)
    if score is None:
        cursor.report(cursor.peek(), "crm.score", "a colocation without a score", "SCORE: (inf:, -inf:, 100:)")
    else:
        rules.set_score(made, score[1])
    if tail := cursor.tail("node-attribute"):
        made.set("node-attribute", tail[1])
    _members(cursor, made, "role", ("rsc", "with-rsc"), ("rsc-role", "with-rsc-role"))
    return made


def read_order(cursor: Cursor) -> etree._Element:
    """Read an order; the keyword is passed already."""
    made = cursor.element("rsc_order")
    made.set("id", cursor.identifier("order").text)
    if word := cursor.accept_match(rules.SCORE_WORD):
        _set_kind(cursor, made, cursor.last(), word[1])
    for _ in range(2):
        if tail := cursor.tail("symmetrical"):
            made.set("symmetrical", cursor.truth(*tail))
        if tail := cursor.tail("require-all"):
            made.set("require-all", cursor.truth(*tail))
    _members(cursor, made, "action", ("first", "then"), ("first-action", "then-action"))
    return made


def _set_kind(cursor: Cursor, made: etree._Element, token: Token, text: str) -> None:
    """Set the kind; a score is one too: 0 is Optional, any other Mandatory."""
    score = rules.score_of(text) if text.lower() != "mandatory" else None
    if score is not None:
        made.set("kind", "Optional" if score == "0" else "Mandatory")
    else:
        made.set("kind", cursor.choose(token, text, vocabulary.KINDS, "kind of order"))


def read_ticket(cursor: Cursor) -> etree._Element:
    """Read an rsc_ticket; the keyword is passed already."""
    made = cursor.element("rsc_ticket")
    made.set("id", cursor.identifier("rsc_ticket").text)
    ticket = cursor.accept_match(rules.SCORE_WORD)
    if ticket is None:
        cursor.report(cursor.peek(), "crm.ticket", "no ticket is named", "TICKET: and the resources")
        raise Lost
    made.set("ticket", ticket[1])
    if tail := cursor.tail("loss-policy"):
        made.set("loss-policy", cursor.choose(tail[0], tail[1], vocabulary.LOSS_POLICIES, "loss policy"))
    _members(cursor, made, "role", ("rsc",), ("rsc-role",))
    return made
