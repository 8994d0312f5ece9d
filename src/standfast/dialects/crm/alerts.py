"""Alerts: `alert ID PATH [attributes …] [meta …] [select …] [to [{] VALUE … [}] …]`."""

from __future__ import annotations

from lxml import etree

from standfast.dialects.crm import attributes, vocabulary
from standfast.dialects.crm.cursor import Cursor

_SELECTABLE = ("nodes", "fencing", "resources", "attributes")


def read_alert(cursor: Cursor) -> etree._Element:
    """Read an alert; the keyword is passed already."""
    made = cursor.element("alert")
    made.set("id", cursor.identifier("alert").text)
    made.set("path", cursor.take("the path of the program that is called").text)
    attributes.read_description(cursor, made)
    recipients = 0
    while (token := cursor.peek()) is not None:
        if token.key in vocabulary.ALERT_LISTS:
            attributes.read_lists(cursor, made, vocabulary.ALERT_LISTS, "attributes", ("to", "select"))
        elif cursor.accept("select"):
            _select(cursor, made)
        elif cursor.accept("to"):
            recipients += 1
            _recipient(cursor, made, f"{made.get('id')}-recipient-{recipients}")
        else:
            break
    cursor.finish("attributes, meta, select or to")
    return made


def _select(cursor: Cursor, alert: etree._Element) -> None:
    select = cursor.element("select", None, alert)
    while (token := cursor.peek()) is not None and token.key in _SELECTABLE:
        following = cursor.peek(1)
        if token.key == "attributes" and (following is None or following.text != "{"):
            break  # the alert's own attributes follow
        cursor.at += 1
        kind = cursor.element(f"select_{token.key}", token, select)
        if token.key == "attributes":
            cursor.accept("{")
            while cursor.take("the name of a node attribute, or }").text != "}":
                cursor.element("attribute", None, kind).set("name", cursor.last().text)
    if not len(select):
        cursor.report(cursor.peek(), "crm.empty", "select selects nothing", vocabulary.one_of(_SELECTABLE))


def _recipient(cursor: Cursor, alert: etree._Element, name: str) -> None:
    brace = cursor.accept("{")
    value = cursor.take("a recipient")
    made = cursor.element("recipient", value, alert)
    made.set("id", name)
    made.set("value", value.text)
    attributes.read_description(cursor, made)
    attributes.read_lists(cursor, made, vocabulary.ALERT_LISTS, "attributes", ("to", "select", "}"))
    if brace and not cursor.accept("}"):
        cursor.report(cursor.peek(), "crm.bracket", "'{' is not closed", "}")
