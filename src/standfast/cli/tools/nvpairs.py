"""Name-value pairs of the CIB as the tools look them up and change them: which set, which id."""

from __future__ import annotations

from standfast.cli.tools import tree
from standfast.cli.tools.tree import Element

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def pairs(owner: Element, kind: str, set_id: str = "") -> list[Element]:
    """Return the pairs in the owner's sets of this kind (of one set, if it is named), in the document's order."""
    blocks = [c for c in owner.children if c.tag == kind and set_id in ("", c.get("id"))]
    return [pair for block in blocks for pair in block.all("nvpair")]


def lookup(owner: Element, kind: str, name: str, set_id: str = "", pair_id: str = "") -> Element | None:
    """Return the first pair of this name, or with this id."""
    for pair in pairs(owner, kind, set_id):
        if pair_id in ("", pair.get("id")) and (pair.get("name") == name or (pair_id and not name)):
            return pair
    return None


def setting(
    owner: Element, kind: str, name: str, value: str, default_set: str, set_id: str = "", pair_id: str = ""
) -> tuple[str, str, str]:
    """Return the owner's text with this pair in it, as a modify takes it, and the ids of the set and the pair.

    A pair that is there keeps its ids; a new one goes to the set that is named, the first of its kind, or a new one.
    """
    known = lookup(owner, kind, name, set_id, pair_id)
    if known is not None and known.parent is not None:
        in_set, used = known.parent.get("id"), known.get("id")
    else:
        first = next((c.get("id") for c in owner.children if c.tag == kind), "")
        in_set = set_id or first or default_set
        used = pair_id or f"{in_set}-{name}"
    pair = tree.tag("nvpair", id=used, name=name, value=value)
    head = {"id": owner.get("id")} if owner.get("id") else {}
    return tree.tag(owner.tag, tree.tag(kind, pair, id=in_set), **head), in_set, used


def deletion(pair: Element, scope: str) -> dict[str, Any]:
    """Return the edit that deletes a pair."""
    text = tree.tag("nvpair", id=pair.get("id"), name=pair.get("name"))
    return {"operation": "delete", "scope": scope, "xml": text}


def modification(text: str, scope: str) -> dict[str, Any]:
    """Return the edit that sets what the text holds."""
    return {"operation": "modify", "scope": scope, "xml": text, "allow_create": True}
