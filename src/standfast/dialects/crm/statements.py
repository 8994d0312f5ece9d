"""The table of statements, and the reader of whole texts: every mistake of a text is found in one pass."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from lxml import etree

from standfast.dialects.crm import (
    access,
    alerts,
    constraints,
    elements,
    nouns,
    resources,
    settings,
    tokens,
    vocabulary,
)
from standfast.dialects.crm.cursor import Cursor, Lost
from standfast.errors import Report, Severity

DEFINITIONS: dict[str, Callable[[Cursor], etree._Element]] = {
    "node": settings.read_node,
    "primitive": resources.read_primitive,
    "rsc_template": resources.read_primitive,
    "group": resources.read_group,
    "clone": resources.read_clone,
    "ms": resources.read_clone,
    "master": resources.read_clone,
    "bundle": resources.read_bundle,
    "location": constraints.read_location,
    "colocation": constraints.read_colocation,
    "collocation": constraints.read_colocation,
    "order": constraints.read_order,
    "rsc_ticket": constraints.read_ticket,
    "property": settings.read_property,
    "rsc_defaults": settings.read_property,
    "op_defaults": settings.read_property,
    "fencing_topology": settings.read_topology,
    "fencing-topology": settings.read_topology,
    "tag": settings.read_tag,
    "role": access.read_role,
    "acl_target": access.read_target,
    "acl_group": access.read_target,
    "user": access.read_user,
    "alert": alerts.read_alert,
}
IGNORED = frozenset(("commit", "end", "quit", "exit", "bye", "up", "verify", "show", "configure", "refresh"))


class Script(msgspec.Struct, frozen=True):
    """A text that was read: its commands, what is wrong in it, and the ids of definitions that could not be read.

    `file` is what places name.
    """

    commands: tuple[nouns.Command, ...]
    reports: tuple[Report, ...]
    unread: frozenset[str] = frozenset()
    file: str = ""


def read(text: str, file: str = "") -> Script:
    """Return the commands of a text in the crm shell's language, and all that is wrong in it."""
    reports: list[Report] = []
    return _read(tokens.split(text, file, reports), reports, file)


def read_words(words: list[str], file: str = "") -> Script:
    """Return the command that these words make (the arguments after `crm configure`)."""
    return _read([tokens.from_words(words, file)] if words else [], [], file)


def _read(statements: list[tokens.Statement], reports: list[Report], file: str) -> Script:
    commands: list[nouns.Command] = []
    unread: set[str] = set()
    for statement in statements:
        before = len(reports)
        command = _command(Cursor(statement, reports), statement)
        broken = any(r.severity == Severity.ERROR for r in reports[before:])
        if command is not None and not broken:
            commands.append(command)
        elif len(statement.tokens) > 1:
            unread.add(statement.tokens[1].text)
    return Script(tuple(commands), tuple(reports), frozenset(unread), file)


def _command(cursor: Cursor, statement: tokens.Statement) -> nouns.Command | None:
    """Return the command of a statement; None if it cannot be read, or says nothing."""
    keyword = cursor.take("a command")
    try:
        if reader := DEFINITIONS.get(keyword.key):
            return nouns.Define(reader(cursor), statement)
        if keyword.key == "xml":
            made = _xml(cursor, statement)
            return None if made is None else nouns.Define(made, statement)
        if order := _ORDERS.get(keyword.key):
            return order(cursor)
    except Lost:
        return None
    if keyword.key not in IGNORED:
        expected = vocabulary.one_of((*DEFINITIONS, *_ORDERS, "xml"), keyword.text)
        cursor.report(keyword, "crm.command", f"{keyword.text!r} is no command", expected)
    return None


def _xml(cursor: Cursor, statement: tokens.Statement) -> etree._Element | None:
    """Read `xml <…>`."""
    token = cursor.take("<an element>")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
    try:
        made = etree.fromstring(statement.raw.encode(), parser)
    except etree.XMLSyntaxError as e:
        cursor.report(token, "crm.xml", e.msg or "not XML", "one well-formed element")
        return None
    for element in made.iter():
        elements.set_line(element, token.line + elements.line_of(element) - 1)
    if made.tag in ("rsc_defaults", "op_defaults") and len(made):
        section, made = made.tag, made[0]
        made.set("section", section)
    if made.tag == "cluster_property_set":
        made.set("section", "crm_config")
    known = ("fencing-topology", "cluster_property_set", "meta_attributes")
    if not vocabulary.section_of(made.tag) and made.tag not in known:
        expected = vocabulary.one_of(vocabulary.KEYWORD_OF_TAG, str(made.tag))
        cursor.report(token, "crm.xml", f"<{made.tag}> is no object of the configuration", expected)
        return None
    return made


def _delete(cursor: Cursor) -> nouns.Command:
    place = cursor.statement.place(cursor.last())
    missing_ok = cursor.accept("--force", "force") is not None
    ids = [cursor.take("the id of what is deleted")]
    while cursor.peek() is not None:
        ids.append(cursor.take("an id"))
    return nouns.Delete(tuple(ids), place, missing_ok)


def _rename(cursor: Cursor) -> nouns.Command:
    place = cursor.statement.place(cursor.last())
    old = cursor.take("the id of what is renamed")
    new = cursor.identifier("object (the new one)")
    cursor.finish()
    return nouns.Rename(old, new, place)


def _modgroup(cursor: Cursor) -> nouns.Command:
    """Read `modgroup GROUP add ID [before|after ID]` or `modgroup GROUP remove ID`."""
    place = cursor.statement.place(cursor.last())
    group = cursor.take("the group's id")
    word = cursor.take("add or remove")
    if word.key not in ("add", "remove"):
        expected = vocabulary.one_of(("add", "remove"), word.text)
        cursor.report(word, "crm.modgroup", f"{word.text!r} is neither add nor remove", expected)
        raise Lost
    member = cursor.take("the member's id")
    before = cursor.take("a member") if word.key == "add" and cursor.accept("before") else None
    after = cursor.take("a member") if word.key == "add" and cursor.accept("after") else None
    cursor.finish("before or after")
    return nouns.ModifyGroup(group, word.key == "add", member, before, after, place)


def _set(cursor: Cursor) -> nouns.Command:
    """Read `set ID.NAME VALUE`, or `set ID.OP_NAME[_INTERVAL].NAME VALUE`."""
    place = cursor.statement.place(cursor.last())
    path = cursor.take("ID.NAME")
    value = cursor.take("the value")
    cursor.finish()
    object_id, dot, name = path.text.rpartition(".")
    if not dot or not object_id or not name:
        cursor.report(path, "crm.path", f"{path.text!r} names no attribute", "ID.NAME, such as myip.nic")
        raise Lost
    return nouns.SetValue(object_id, name, value.text, path, place)


def _erase(cursor: Cursor) -> nouns.Command:
    place = cursor.statement.place(cursor.last())
    nodes = cursor.accept("nodes") is not None
    cursor.finish("nodes, or the end of the statement")
    return nouns.Erase(nodes, place)


def _monitor(cursor: Cursor) -> nouns.Command:
    """Read `monitor RSC[:ROLE] INTERVAL[:TIMEOUT]`."""
    keyword = cursor.last()
    resource = cursor.take("RESOURCE or RESOURCE:ROLE")
    name, _, role = resource.text.partition(":")
    times = cursor.take("INTERVAL or INTERVAL:TIMEOUT")
    interval, _, timeout = times.text.partition(":")
    made = cursor.element("op", keyword)
    made.set("name", "monitor")
    if role:
        made.set("role", cursor.choose(resource, role, vocabulary.ROLES, "role"))
    made.set("interval", interval)
    if timeout:
        made.set("timeout", timeout)
    cursor.finish()
    return nouns.AddOperation(tokens.Token(name, resource.line, resource.column), made, cursor.statement.place(keyword))


_ORDERS: dict[str, Callable[[Cursor], nouns.Command]] = {
    "delete": _delete,
    "rename": _rename,
    "modgroup": _modgroup,
    "set": _set,
    "erase": _erase,
    "monitor": _monitor,
}
COMMANDS = (*DEFINITIONS, *_ORDERS, "xml")
