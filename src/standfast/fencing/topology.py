"""Which levels of devices are for a target. Source: Pacemaker Explained, "Fencing Topologies"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from standfast.fencing.events import Level

_INDEX_MAX = 9


def levels_for(target: str, levels: Iterable[Level], attributes: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    """Return the device ids of each level for the target, lowest index first; empty: no topology is for it.

    Levels that name the target go before those of a pattern or an attribute; of these, the first that fits counts with
    all levels of the same words. Levels of one index and the same words are one.
    """
    listed = [level for level in levels if level.devices and 0 < level.index <= _INDEX_MAX]
    chosen = _chosen(target, listed, attributes)
    by_index: dict[int, tuple[str, ...]] = {}
    for level in listed:
        if chosen is not None and _words(level) == chosen:
            by_index[level.index] = by_index.get(level.index, ()) + level.devices
    return tuple(by_index[index] for index in sorted(by_index))


def _chosen(target: str, levels: list[Level], attributes: Mapping[str, str]) -> tuple[str, ...] | None:
    for level in levels:
        if level.target and level.target.casefold() == target.casefold():
            return _words(level)
    return next((_words(level) for level in levels if _fits(level, target, attributes)), None)


def _words(level: Level) -> tuple[str, ...]:
    return level.target.casefold(), level.target_pattern, level.target_attribute, level.target_value


def _fits(level: Level, target: str, attributes: Mapping[str, str]) -> bool:
    if level.target_pattern:
        return _matches(level.target_pattern, target)
    return bool(level.target_attribute) and attributes.get(level.target_attribute) == level.target_value


def _matches(pattern: str, target: str) -> bool:
    try:
        return re.search(pattern, target) is not None
    except re.error:
        return False  # the validator reports it; fencing goes on with what is left
