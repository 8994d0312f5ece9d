"""Access rules: role, acl_target, acl_group, user."""

from __future__ import annotations

import re

from lxml import etree

from standfast.dialects.crm import attributes, elements, vocabulary
from standfast.dialects.crm.cursor import Cursor, Lost
from standfast.dialects.crm.tokens import Token

_KINDS = ("read", "write", "deny")
_INITIAL_ID = re.compile(r"\$id=(.+)|([\w-]+):", re.IGNORECASE)


def read_target(cursor: Cursor) -> etree._Element:
    """Read an acl_target or acl_group; the keyword is passed already."""
    keyword = cursor.last()
    made = cursor.element(keyword.key)
    made.set("id", cursor.identifier(keyword.key).text)
    while cursor.peek() is not None:
        role = cursor.identifier("role")
        cursor.element("role", role, made).set("id", role.text)
    return made


def read_role(cursor: Cursor) -> etree._Element:
    """Read a role; the keyword is passed already."""
    made = cursor.element("acl_role")
    made.set("id", cursor.identifier("role").text)
    attributes.read_description(cursor, made)
    while cursor.peek() is not None:
        _permission(cursor, made)
    return made


def read_user(cursor: Cursor) -> etree._Element:
    """Read a user of the first form of access rules (schema 1): its roles become an acl_target's."""
    made = cursor.element("acl_target")
    made.set("id", cursor.identifier("user").text)
    while (token := cursor.peek()) is not None:
        cursor.at += 1
        if not token.text.startswith("role:"):
            message = f"{token.text!r}: rights of a user itself are not in the schema any more"
            cursor.report(token, "crm.user", message, "role:ROLE, and a role with the rights")
            raise Lost
        cursor.element("role", token, made).set("id", token.text[5:])
    return made


def _permission(cursor: Cursor, role: etree._Element) -> None:
    kind = cursor.take("read, write or deny")
    if kind.key not in _KINDS:
        expected = vocabulary.one_of(_KINDS, kind.text)
        cursor.report(kind, "crm.permission", f"{kind.text!r} is no kind of permission", expected)
        raise Lost
    fixed = {"kind": kind.key}
    if found := cursor.accept_match(_INITIAL_ID):
        fixed["id"] = found[1] or found[2]
    if described := cursor.accept_match(attributes.DESCRIPTION):
        fixed["description"] = described[1]
    what: dict[str, str] = {}
    while (token := cursor.peek()) is not None and token.text.partition(":")[0] in _WORDS:
        cursor.at += 1
        what.update(_object(cursor, token))
    _add(cursor, role, kind, fixed, what)


_WORDS = frozenset((*vocabulary.PERMISSION_WORDS, *vocabulary.ACL_SHORTCUTS))


def _object(cursor: Cursor, token: Token) -> dict[str, str]:
    word, colon, value = token.text.partition(":")
    if word in vocabulary.ACL_SHORTCUTS:
        path = expand_shortcut(word, value.split(":") if colon else [])
        if path is None:
            cursor.report(token, "crm.shortcut", f"{token.text!r} is no short form of a path", _form_of(word))
        return {"xpath": path or "/"}
    if not value:
        cursor.report(token, "crm.permission", f"{word!r} of what?", f"{word}:VALUE")
    return {vocabulary.PERMISSION_WORDS[word]: value}


def _form_of(word: str) -> str:
    parts = vocabulary.ACL_SHORTCUTS[word]
    required = word if "{" not in parts[0] else f"{word}:ID"
    return required + ("[:NAME]" if len(parts) > 1 else "")


def expand_shortcut(word: str, arguments: list[str]) -> str | None:
    """Return the path that a short form stands for; None if it has too many or too few arguments."""
    path, left = "", list(arguments)
    for number, part in enumerate(vocabulary.ACL_SHORTCUTS[word]):
        if "{" not in part:
            path += part
        elif left:
            path += part.format(left.pop(0))
        elif number == 0:
            return None
    return None if left else path


def _add(cursor: Cursor, role: etree._Element, kind: Token, fixed: dict[str, str], what: dict[str, str]) -> None:
    """Add one permission for each of xpath, reference, and object-type with attribute."""
    groups: list[dict[str, str]] = [{k: what[k]} for k in ("xpath", "reference") if k in what]
    if "object-type" in what:
        groups.append({k: what[k] for k in ("object-type", "attribute") if k in what})
    elif "attribute" in what:
        cursor.report(kind, "crm.permission", "an attribute without the type it is of", "type:TYPE attribute:NAME")
    elif not groups:
        cursor.report(kind, "crm.permission", f"{kind.text} what?", vocabulary.one_of(sorted(_WORDS)))
    for group in groups:
        elements.put(cursor.element("acl_permission", kind, role), fixed | group)
