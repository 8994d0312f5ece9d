"""Patchsets between two documents, in Pacemaker's second format: `diff` makes one, `apply` uses it, all or nothing.

A patchset is `<diff format="2" digest=…><version><source/><target/></version><change operation=… path=…/>…</diff>`.
Deletes and modifications are done in their order, then creations and moves by ascending position, so that each
finds the places before it as they shall be. Source: Pacemaker's patchsets, measured on `crm_diff`.
"""

from __future__ import annotations

import bisect
import copy
import hashlib
import re
from collections import Counter
from collections.abc import Iterator

from lxml import etree

from standfast.cib import values
from standfast.cib.document import FEATURE_SET, Document, Version
from standfast.errors import ConfigError, Report

_VERSION = ("admin_epoch", "epoch", "num_updates")
_STEP = re.compile(r"/(?P<tag>(?:\{[^}]*\})?[^/\[]+)(?:\[@id=(?:'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\")\])?")
_COMMENT = "comment"
_CONTROLS = ((b"&#10;", b"&#x0A;"), (b"&#9;", b"&#x09;"), (b"&#13;", b"&#x0D;"))

_SIGNATURES = re.compile(rb' (?:cib-last-written|crm-debug-origin|update-(?:origin|client|user))="[^"]*"')


def digest(document: Document) -> str:
    """Return the digest of the document that patchsets carry: MD5 of its text without what says who wrote it."""
    text = _SIGNATURES.sub(b"", etree.tostring(document.root, encoding="utf-8"))
    for ours, pacemakers in _CONTROLS:
        text = text.replace(ours, pacemakers)
    return hashlib.md5(text, usedforsecurity=False).hexdigest()


# --- making


def diff(old: Document, new: Document) -> etree._Element:
    """Return the patchset that makes `new` of `old`; without changes it has no `change`.

    Raises: ConfigError if the difference cannot be said (the root's tag differs, or an id holds both quotes).
    """
    # Pacemaker 2.1 chooses the digest's kind by the feature set.
    patchset = etree.Element("diff", {"format": "2", "crm_feature_set": FEATURE_SET, "digest": digest(new)})
    version = etree.SubElement(patchset, "version")
    for name, document in (("source", old), ("target", new)):
        numbers = (document.version.admin_epoch, document.version.epoch, document.version.num_updates)
        etree.SubElement(version, name, dict(zip(_VERSION, map(str, numbers), strict=True)))
    if old.root.tag != new.root.tag or _text(old.root) != _text(new.root):
        raise ConfigError([Report("cib.no-patch", "the documents' roots differ", f"<{old.root.tag}>")])
    deletes: list[etree._Element] = []
    changes: list[etree._Element] = []
    _compare(old.root, new.root, _step("", old.root), deletes, changes)
    patchset.extend(deletes)
    patchset.extend(changes)
    return patchset


def _compare(
    old: etree._Element, new: etree._Element, path: str, deletes: list[etree._Element], changes: list[etree._Element]
) -> None:
    """Append what makes `new` of `old`, which are at this path in both."""
    if _equal(old, new):
        return
    if old.items() != new.items():
        changes.append(_modify(old, new, path))
    kept = _matches(old, new)
    gone = [i for i, child in enumerate(old) if child not in kept]
    # Comments first, from the end: one is found by its index, which those before it keep.
    gone.sort(key=lambda i: (isinstance(old[i].tag, str), -i))
    deletes.extend(_delete(old[i], i, path) for i in gone)
    moved = _moved(old, new, kept)
    back = {id(match): child for child, match in kept.items()}
    for position, child in enumerate(new):
        before = back.get(id(child))
        if before is None:
            changes.append(_create(child, position, path))
            continue
        child_path = _step(path, child)
        _compare(before, child, child_path, deletes, changes)
        if id(child) in moved:
            changes.append(_change("move", child_path, position))


def _matches(old: etree._Element, new: etree._Element) -> dict[etree._Element, etree._Element]:
    """Return the new child of each old child that is the same element: the only one of its tag and id on both sides.

    Comments, and elements that are several of one tag and id, are matched only where nothing about them changed,
    their places neither; else all of them are deleted and created.
    """
    olds, news = [_key(child) for child in old], [_key(child) for child in new]
    old_count, new_count = Counter(olds), Counter(news)
    candidates = dict(zip(news, new, strict=True))
    found = {}
    for key, child in zip(olds, old, strict=True):
        match = candidates.get(key)
        if match is not None and old_count[key] == new_count[key] == 1 and key[0] and _text(child) == _text(match):
            found[child] = match
    if olds == news:
        found.update(_unchanged_groups(olds, list(old), list(new)))
    return found


def _unchanged_groups(
    keys: list[tuple[str, str | None]], olds: list[etree._Element], news: list[etree._Element]
) -> dict[etree._Element, etree._Element]:
    """Return the matches of comments and of the several of one tag and id, where all of a group are equal in order."""
    several = {key for key, count in Counter(keys).items() if count > 1 or not key[0]}
    pairs = [(key, a, b) for key, a, b in zip(keys, olds, news, strict=True) if key in several]
    changed = {key for key, a, b in pairs if not _equal(a, b) or _text(a) != _text(b)}
    return {a: b for key, a, b in pairs if key not in changed}


def _equal(a: etree._Element, b: etree._Element) -> bool:
    return etree.tostring(a, with_tail=False) == etree.tostring(b, with_tail=False)


def _key(child: etree._Element) -> tuple[str, str | None]:
    """Return what a child is told by: tag and id; an empty tag for comments."""
    return (child.tag, child.get("id")) if isinstance(child.tag, str) else ("", None)


def _text(element: etree._Element) -> tuple[str, str]:
    """Return the text in and after an element; blank is none."""
    return ((element.text or "").strip(), (element.tail or "").strip())


def _moved(old: etree._Element, new: etree._Element, kept: dict[etree._Element, etree._Element]) -> set[int]:
    """Return the ids of the new children that must move: all but a longest run that keeps its order."""
    rank = {id(kept[child]): i for i, child in enumerate(c for c in old if c in kept)}
    order = [child for child in new if id(child) in rank]
    ranks = [rank[id(child)] for child in order]
    if ranks == sorted(ranks):
        return set()
    staying = _longest_increasing(ranks)
    return {id(child) for child, r in zip(order, ranks, strict=True) if r not in staying}


def _longest_increasing(ranks: list[int]) -> set[int]:
    """Return a longest increasing subsequence's members."""
    tails: list[int] = []
    chains: list[list[int]] = []
    for r in ranks:
        at = bisect.bisect_left(tails, r)
        chain = [*(chains[at - 1] if at else []), r]
        tails[at : at + 1] = [r]
        chains[at : at + 1] = [chain]
    return set(chains[-1]) if chains else set()


def _step(path: str, element: etree._Element) -> str:
    """Return the path one element deeper. Raises: ConfigError if the id holds both kinds of quotes."""
    if not isinstance(element.tag, str):
        return f"{path}/{_COMMENT}"
    name = element.get("id")
    if name is None:
        return f"{path}/{element.tag}"
    if "'" in name and '"' in name:
        raise ConfigError([Report("cib.no-patch", f"the id {name} cannot be said in a path", "an id without quotes")])
    quote = '"' if "'" in name else "'"
    return f"{path}/{element.tag}[@id={quote}{name}{quote}]"


def _change(operation: str, path: str, position: int | None = None) -> etree._Element:
    change = etree.Element("change", operation=operation, path=path)
    if position is not None:
        change.set("position", str(position))
    return change


def _delete(child: etree._Element, index: int, path: str) -> etree._Element:
    return _change("delete", _step(path, child), None if isinstance(child.tag, str) else index)


def _create(child: etree._Element, position: int, path: str) -> etree._Element:
    change = _change("create", path, position)
    change.append(copy.deepcopy(child))
    return change


def _modify(old: etree._Element, new: etree._Element, path: str) -> etree._Element:
    change = _change("modify", path)
    listed = etree.SubElement(change, "change-list")
    for name, value in new.items():
        if old.get(name) != value:
            etree.SubElement(listed, "change-attr", name=str(name), operation="set", value=str(value))
    for name in old.keys():  # noqa: SIM118 (an element's own iteration gives its children)
        if new.get(name) is None:
            etree.SubElement(listed, "change-attr", name=str(name), operation="unset")
    result = etree.SubElement(etree.SubElement(change, "change-result"), new.tag)
    for name, value in new.items():
        result.set(name, value)
    return change


# --- using


def apply(document: Document, patchset: etree._Element, *, check_version: bool = True) -> Document:
    """Return the document that the patchset makes of this one; this one is not changed.

    Raises: ConfigError, with every change that cannot be made, if its source version is not this document's, a path
    is not found, or the result has not the digest that it promises.
    """
    reports = _wrong_versions(document, patchset) if check_version else []
    if patchset.tag != "diff" or patchset.get("format") != "2":
        reports.append(Report("cib.bad-patch", f"a <{patchset.tag}> of format {patchset.get('format')}",
                              'a <diff format="2">'))  # fmt: skip
    if reports:
        raise ConfigError(reports)
    result = document.copy()
    reports = _carry_out(result.root, patchset)
    expected = patchset.get("digest")
    if not reports and expected is not None and digest(result) != expected.lower():
        reports.append(Report("cib.patch-digest", "the patched document's digest is another one", expected))
    if reports:
        raise ConfigError(reports)
    return result


def versions(patchset: etree._Element) -> tuple[Version | None, Version | None]:
    """Return the source and target version that a patchset names."""
    found = []
    for name in ("source", "target"):
        element = patchset.find(f"version/{name}")
        numbers = [] if element is None else [element.get(part, "0") for part in _VERSION]
        found.append(Version(*map(int, numbers)) if numbers and all(n.isdecimal() for n in numbers) else None)
    return found[0], found[1]


def _wrong_versions(document: Document, patchset: etree._Element) -> list[Report]:
    source, _target = versions(patchset)
    if source is None or source == document.version:
        return []
    code = "cib.patch-outdated" if document.version > source else "cib.patch-ahead"
    return [Report(code, f"the patch is for version {source}, this is {document.version}", str(document.version))]


def _carry_out(root: etree._Element, patchset: etree._Element) -> list[Report]:
    reports: list[Report] = []
    placed: list[tuple[int, etree._Element, etree._Element]] = []
    for change in patchset.iterchildren("change"):
        try:
            placed.extend(_at_once(root, change))
        except ValueError as e:
            reports.append(Report("cib.patch-failed", str(e)))
    if reports:
        return reports
    for position, parent, child in sorted(placed, key=lambda p: p[0]):
        if child.getparent() is parent:
            parent.remove(child)
        parent.insert(position if position >= 0 else len(parent), child)
    return reports


def _at_once(root: etree._Element, change: etree._Element) -> Iterator[tuple[int, etree._Element, etree._Element]]:
    """Do the change, or give what is to be placed later, as position, parent and child. Raises: ValueError."""
    operation, path = change.get("operation", ""), change.get("path", "")
    given = values.integer(change.get("position"))
    position = -1 if given is None else given
    target = _find(root, path, position if operation == "delete" else -1)
    if target is None:
        raise ValueError(f"{operation} {path}: there is no such element")
    parent = target.getparent()
    match operation:
        case "modify":
            _set_attributes(target, change)
        case "create" if len(change):
            yield position, target, copy.deepcopy(change[0])
        case "delete" if parent is not None:
            parent.remove(target)
        case "move" if parent is not None:
            parent.append(target)
            yield position, parent, target
        case _:
            raise ValueError(f"{operation} {path}: this cannot be done")


def _set_attributes(target: etree._Element, change: etree._Element) -> None:
    result = change.find("change-result")
    if result is None or not len(result):
        raise ValueError(f"modify {change.get('path')}: it does not say the result")
    target.attrib.clear()
    for name, value in result[0].items():
        target.set(name, value)


def _find(root: etree._Element, path: str, position: int) -> etree._Element | None:
    """Return the element at the path; a comment by its index among its siblings."""
    at, current = 0, None
    while match := _STEP.match(path, at):
        at = match.end()
        name = match["single"] if match["double"] is None else match["double"]
        candidates = [root] if current is None else list(current)
        if match["tag"] == _COMMENT and name is None and at == len(path) and 0 <= position < len(candidates):
            found = candidates[position]
            return None if isinstance(found.tag, str) else found
        current = _first(candidates, match["tag"], name)
        if current is None:
            return None
    return current if at == len(path) else None


def _first(candidates: list[etree._Element], tag: str, name: str | None) -> etree._Element | None:
    for child in candidates:
        if child.tag == tag and child.get("id") == name:
            return child
    return None
