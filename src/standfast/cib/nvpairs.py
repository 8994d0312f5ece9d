"""Sets of name-value pairs: which value a name has, by score and rule. Source: Pacemaker Explained, "Rules"."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from standfast.cib import rules, values
from standfast.cib.rules import Context

INSTANCE = "instance_attributes"
META = "meta_attributes"
UTILIZATION = "utilization"
PROPERTIES = "cluster_property_set"

_NOWHERE = Context()


def unpack(
    owners: etree._Element | Iterable[etree._Element],
    tag: str,
    context: Context = _NOWHERE,
    *,
    first: str = "",
    changes: list[int] | None = None,
) -> dict[str, str]:
    """Return what the sets of this tag under the owners say: the first value of a name wins.

    An earlier owner precedes a later one. Within one owner the set with the id `first` comes first, then higher
    scores, then, of equal scores, the later in the document. A set whose rule does not hold counts not at all.
    `#default` removes what was said before it. `changes` is appended the times when a rule's verdict changes.
    """
    found: dict[str, str] = {}
    for owner in (owners,) if isinstance(owners, etree._Element) else owners:
        for block in ordered(owner, tag, first):
            rule = block.find("rule")
            if rule is None or _holds(rule, context, changes):
                _take(block, found)
    return found


def ordered(owner: etree._Element, tag: str, first: str = "") -> list[etree._Element]:
    """Return the owner's sets of this tag, resolved, in the order in which they count."""
    blocks = [block for child in owner.iterchildren(tag) if (block := rules.resolve(child)) is not None]
    if len(blocks) > 1:
        blocks.reverse()
        blocks.sort(key=lambda b: (bool(first) and b.get("id") != first, -values.score(b.get("score"))))
    return blocks


def _holds(rule: etree._Element, context: Context, changes: list[int] | None) -> bool:
    if changes is None:
        return rules.evaluate(rule, context)
    verdict = rules.judge(rule, context)
    if verdict.next_change_s is not None:
        changes.append(verdict.next_change_s)
    return verdict.holds


def _take(block: etree._Element, found: dict[str, str]) -> None:
    inner = block.find("attributes")  # before 1.0 the pairs stood one level deeper
    for pair in (block if inner is None else inner).iterchildren("nvpair"):
        name, value = pair.get("name"), pair.get("value")
        if value is None and pair.get("id-ref") is not None:
            target = rules.resolve(pair)
            if target is None:
                continue
            name, value = name or target.get("name"), target.get("value")
        if name is None or value is None:
            continue
        if value.lower() == "#default":
            found.pop(name, None)
        else:
            found.setdefault(name, value)
