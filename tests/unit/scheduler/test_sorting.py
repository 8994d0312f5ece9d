"""Sorting by comparison, and names with numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from standfast.scheduler.sorting import insert_sorted, merge_sort, numeric_key


@given(st.lists(st.tuples(st.integers(0, 3), st.integers())))
def test_equal_items_keep_their_order(items: list[tuple[int, int]]) -> None:
    """Nodes that are equal would be chosen differently each time."""
    assert merge_sort(items, lambda a, b: a[0] - b[0]) == sorted(items, key=lambda i: i[0])


@given(st.lists(st.integers()), st.integers())
def test_an_item_is_inserted_where_it_belongs(items: list[int], item: int) -> None:
    """A list that is kept sorted would not stay so."""
    found = sorted(items)
    insert_sorted(found, item, lambda a, b: a - b)
    assert found == sorted([*items, item])


def test_numbers_in_names_count_as_numbers() -> None:
    """node10 would come before node2 in lists, and be chosen first."""
    names = ["node10", "Node2", "node1", "web", "node"]
    assert sorted(names, key=numeric_key) == ["node", "node1", "Node2", "node10", "web"]
