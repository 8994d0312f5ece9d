"""All that is wrong with a corosync.conf, each with what Corosync 3 makes of it."""

from __future__ import annotations

from collections.abc import Iterator

from standfast.dialects.corosync import nodelist_checks, nouns, quorum_checks, totem_checks, vocabulary
from standfast.dialects.corosync.tree import Fate, Finding, Item, Section, Tree
from standfast.errors import ConfigError, Report

# The sections that may stand more than once.
_REPEATED = {
    "totem.interface", "totem.interface.member", "nodelist.node", "logging.logger_subsys", "logging.logging_daemon",
    "uidgid",
}  # fmt: skip
_NAMED = {"logging.logger_subsys": "subsys", "logging.logging_daemon": "name"}
_CLOSED = {"uidgid": ("uid", "gid"), "totem.interface.member": ("memberaddr",)}


def check(tree: Tree) -> tuple[Finding, ...]:
    """Return every mistake, in the order of the file."""
    found = [
        *tree.findings,
        *_words(tree),
        *totem_checks.check(tree),
        *nodelist_checks.check(tree),
        *quorum_checks.check(tree),
    ]
    return tuple(sorted(found, key=lambda finding: (finding.report.place.line, finding.report.place.column)))


def reports(tree: Tree) -> tuple[Report, ...]:
    """Return the mistakes as reports."""
    return tuple(finding.report for finding in check(tree))


def demand(tree: Tree) -> nouns.Conf:
    """Return what a file configures. Raises: ConfigError with every mistake if any is an error."""
    found = check(tree)
    if any(finding.fate is not Fate.RISK for finding in found):
        raise ConfigError([finding.report for finding in found])
    return nouns.conf(tree)


def _words(tree: Tree) -> Iterator[Finding]:
    for section in tree.root.walk():
        if section.path not in vocabulary.SECTIONS:
            yield _unknown_section(tree, section)
            continue
        yield from _repetitions(tree, section)
        for item in section.items:
            yield from _item(tree, section, item)
        if (wanted := _NAMED.get(section.path)) and not section.item(wanted):
            yield tree.finding(Fate.TEST, "name-missing", f"{section.path} without {wanted}", f"`{wanted}: …`", section)


def _unknown_section(tree: Tree, section: Section) -> Finding:
    outer = section.path.rpartition(".")[0]
    fate = Fate.TEST if outer in _CLOSED else Fate.IGNORED
    gone = vocabulary.OBSOLETE.get(section.path)
    if gone:
        message = f"the section {section.path} is of Corosync {gone.last}; 3 does not read it"
        return tree.finding(fate, "obsolete-section", message, f"in its place: {gone.cure}", section)
    known = [p.rpartition(".")[2] for p in vocabulary.SECTIONS if p and p.rpartition(".")[0] == outer]
    message = f"Corosync knows no section {section.path}"
    return tree.finding(fate, "unknown-section", message, ", ".join(known) or "no section here", section)


def _repetitions(tree: Tree, section: Section) -> Iterator[Finding]:
    first: dict[str, Item | Section] = {}
    for part in section.parts:
        name = part.key if isinstance(part, Item) else f"{part.path}{{}}"
        if (isinstance(part, Section) and part.path in _REPEATED) or section.path == "uidgid":
            continue
        if name in first:
            word = part.key if isinstance(part, Item) else f"section {part.name}"
            message = f"{word} stands here and in line {first[name].line}; the last counts"
            yield tree.finding(Fate.IGNORED, "twice", message, "it once", part)
        first.setdefault(name, part)


def _item(tree: Tree, section: Section, item: Item) -> Iterator[Finding]:
    path = f"{section.path}.{item.key}" if section.path else item.key
    key = vocabulary.key_of(section.path, item.key)
    if key is not None:
        yield from _value(tree, path, item, key)
    elif gone := vocabulary.OBSOLETE.get(path):
        message = f"{item.key} is of Corosync {gone.last}; 3 does not read it"
        yield tree.finding(Fate.IGNORED, "obsolete-key", message, f"in its place: {gone.cure}", item)
    elif not nodelist_checks.is_ring(path):
        fate = Fate.TEST if section.path in _CLOSED else Fate.IGNORED
        known = _closest(item.key, tuple(vocabulary.SECTIONS[section.path]))
        where = f"in {section.path}" if section.path else "outside of all sections"
        yield tree.finding(fate, "unknown-key", f"Corosync knows no {item.key} {where}", known, item)


def _closest(word: str, known: tuple[str, ...]) -> str:
    """Return the known word that a wrong one is likely to be, or all of them if they are few."""

    def likeness(other: str) -> float:
        pairs = {word[i : i + 2] for i in range(len(word) - 1)}
        others = {other[i : i + 2] for i in range(len(other) - 1)}
        return 2 * len(pairs & others) / ((len(pairs) + len(others)) or 1)

    best = max(known, key=likeness, default="")
    if best and likeness(best) >= 0.5:
        return best
    return ", ".join(known) if 0 < len(known) <= 6 else "a key of corosync.conf(5)"


def _value(tree: Tree, path: str, item: Item, key: vocabulary.Key) -> Iterator[Finding]:
    kind, value = key.kind, item.value
    match kind:
        case vocabulary.Number(low, high):
            wrong = nouns.number(value, low - 1) if value.strip() == value else low - 1
            if not low <= wrong <= high:
                yield tree.finding(Fate.TEST, "number", f"{path} is {value!r}", str(kind), item, of_value=True)
        case vocabulary.Choice(words, strict):
            if value not in words:
                fate = Fate.TEST if strict else Fate.IGNORED
                yield tree.finding(fate, "choice", f"{path} is {value!r}", str(kind), item, of_value=True)
        case vocabulary.Text():
            yield from _text(tree, path, item)


def _text(tree: Tree, path: str, item: Item) -> Iterator[Finding]:
    if not item.value:
        yield tree.finding(Fate.IGNORED, "empty", f"{path} has no value", "one, or no such line", item)
    elif " #" in item.value or item.value.startswith("#"):
        message = f"the comment in `{item.value}` is part of the value"
        yield tree.finding(Fate.IGNORED, "comment", message, "it on a line of its own", item, of_value=True)
    elif item.value.endswith("}"):
        message = f"the brace in `{item.value}` is part of the value"
        yield tree.finding(Fate.IGNORED, "value-brace", message, "`}` on a line of its own", item, of_value=True)
