"""Floors: how many instances must run at every moment, as people write it: `1 promoted db`, `2 web`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from standfast import cib
from standfast.errors import ConfigError, Place, Report

_FORM = "NUMBER [promoted] RESOURCE"


@dataclass(frozen=True, slots=True)
class Floor:
    """At least so many instances of a resource. `members` are the primitives in it."""

    number: int
    resource: str
    members: tuple[str, ...]
    promoted: bool = False

    def __str__(self) -> str:
        return f"{self.number} {'promoted ' if self.promoted else ''}{self.resource}"


def floors(texts: Sequence[str], document: cib.Document) -> list[Floor]:
    """Return the floors that these texts name. Raises: ConfigError with all mistakes."""
    known = cib.resources.index(cib.resources.tree(document))
    found: list[Floor] = []
    reports: list[Report] = []
    for text in texts:
        words, place = text.split(), Place(f"at least {text!r}")
        promoted = len(words) == 3 and words[1] == "promoted"
        if len(words) != 2 + promoted or not words[0].isdigit():
            reports.append(Report("what-if.floor", "not understood", _FORM, place))
        elif words[-1] not in known:
            reports.append(Report("what-if.resource", f"no such resource: {words[-1]!r}", ", ".join(known), place))
        else:
            members = tuple(r.id for r in known[words[-1]].walk() if r.kind == "primitive")
            found.append(Floor(int(words[0]), words[-1], members, promoted))
    if reports:
        raise ConfigError(reports)
    return found


def implied(document: cib.Document) -> list[Floor]:
    """Return the floors that a rolling patch keeps without being told: one promoted of each promotable clone."""
    found = []
    for top in cib.resources.tree(document):
        promotable = top.kind == "master" or cib.values.is_true(top.meta().get("promotable"))
        if promotable and top.kind in ("clone", "master"):
            members = tuple(r.id for r in top.walk() if r.kind == "primitive")
            found.append(Floor(1, top.id, members, promoted=True))
    return found
