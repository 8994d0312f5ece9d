"""Sorting by comparison, merge by merge: comparisons that are no total order still give one result."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")
Compare = Callable[[T, T], int]


def merge_sort(items: list[T], compare: Compare[T]) -> list[T]:
    """Return the items sorted, stable: halves are sorted, then merged, the left one first where equal."""
    if len(items) < 2:
        return list(items)
    middle = len(items) // 2
    left, right = merge_sort(items[:middle], compare), merge_sort(items[middle:], compare)
    merged: list[T] = []
    i = j = 0
    while i < len(left) and j < len(right):
        if compare(left[i], right[j]) <= 0:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    return merged + left[i:] + right[j:]


def insert_sorted(items: list[T], item: T, compare: Compare[T]) -> None:
    """Insert the item before the first that is not less than it."""
    for index, other in enumerate(items):
        if compare(item, other) <= 0:
            items.insert(index, item)
            return
    items.append(item)


@lru_cache(maxsize=4096)
def numeric_key(name: str) -> tuple[tuple[int, int, int, str], ...]:
    """Return a key that orders names with numbers: runs of digits as numbers, the rest without case."""
    key: list[tuple[int, int, int, str]] = []
    i = 0
    while i < len(name):
        if name[i].isdigit():
            end = i
            while end < len(name) and name[end].isdigit():
                end += 1
            key.append((ord("0"), int(name[i:end]), end - i, ""))
            i = end
        else:
            char = name[i].lower()
            key.append((ord(char), 0, 0, char))
            i += 1
    return tuple(key)
