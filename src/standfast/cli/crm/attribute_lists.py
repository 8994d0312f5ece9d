"""`set`, `show` and `delete` of one attribute of a resource or node in the configuration."""

from __future__ import annotations

from lxml import etree

from standfast import cib
from standfast.cli import changes
from standfast.cli.crm.session import Session, need, usage
from standfast.cli.live import terminal
from standfast.errors import Exit, Report, RequestError

_RESOURCES = ("primitive", "group", "clone", "master", "bundle", "template")


def manage(session: Session, words: list[str], what: str, tag: str, keyword: str) -> int:
    """Do `NAME set ATTRIBUTE VALUE`, `NAME show ATTRIBUTE` or `NAME delete ATTRIBUTE` on the list `tag`."""
    form = f"{keyword} {what.upper()} set NAME VALUE | show NAME | delete NAME"
    need(words, 3, form)
    name, order, attribute = words[:3]
    if order == "show":
        terminal.say(_value(_owner(changes.fetch(session.client), name, what), tag, attribute))
        return Exit.OK
    if order == "set":
        need(words, 4, form)
        return _change(session, name, what, tag, attribute, words[3])
    if order in ("delete", "rm", "remove"):
        return _change(session, name, what, tag, attribute, None)
    raise usage(f"{order!r} is not understood (expected {form})")


def _owner(document: cib.Document, name: str, what: str) -> etree._Element:
    for element in document.root.iter("node" if what == "node" else etree.Element):
        if what == "node" and element.get("uname") == name:
            return element
        if what != "node" and element.tag in _RESOURCES and element.get("id") == name:
            return element
    raise RequestError(f"there is no {what} {name!r}", Exit.NO_SUCH)


def _pair(owner: etree._Element, tag: str, attribute: str) -> etree._Element | None:
    pairs = (p for part in owner.findall(tag) for p in part.findall("nvpair"))
    return next((p for p in pairs if p.get("name") == attribute), None)


def _value(owner: etree._Element, tag: str, attribute: str) -> str:
    pair = _pair(owner, tag, attribute)
    if pair is None:
        raise RequestError(f"{attribute!r} is not set", Exit.NO_SUCH)
    return pair.get("value", "")


def _change(session: Session, name: str, what: str, tag: str, attribute: str, value: str | None) -> int:
    def changer(document: cib.Document) -> tuple[cib.Document, tuple[Report, ...]]:
        out = document.copy()
        set_in(_owner(out, name, what), tag, attribute, value)
        return out, ()

    changes.change(session.client, changer, force=session.force)
    return Exit.OK


def set_in(owner: etree._Element, tag: str, attribute: str, value: str | None) -> None:
    """Set an attribute in the first list of this kind (made if there is none), or remove it from all."""
    pair = _pair(owner, tag, attribute)
    if value is None:
        while pair is not None and (parent := pair.getparent()) is not None:
            parent.remove(pair)
            pair = _pair(owner, tag, attribute)
        return
    if pair is None:
        part = owner.find(tag)
        prefix = owner.get("uname") or owner.get("id", "")
        if part is None:
            part = etree.Element(tag, {"id": f"{prefix}-{tag}"})
            owner.insert(0, part)
        pair = etree.SubElement(part, "nvpair", {"id": f"{part.get('id')}-{attribute}", "name": attribute})
    pair.set("value", value)
