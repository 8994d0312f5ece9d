"""What a resident scheduler remembers from one run to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from standfast.scheduler import operations, resource_history

if TYPE_CHECKING:
    from lxml import etree

    from standfast.scheduler.operations import Operation
    from standfast.scheduler.resource_history import ResourceHistory

T = TypeVar("T")


class _Read(Generic[T]):
    """What was read of elements, in this run and in the one before."""

    def __init__(self, read: Callable[[etree._Element], T]) -> None:
        self._read = read
        self._known: dict[etree._Element, T] = {}
        self._before: dict[etree._Element, T] = {}

    def next_run(self) -> None:
        self._before, self._known = self._known, {}

    def of(self, element: etree._Element) -> T:
        """Return what this element says."""
        found = self._known.get(element)
        if found is None:
            found = self._before.get(element)
            self._known[element] = found = self._read(element) if found is None else found
        return found


class Memory:
    """What elements say by themselves: one that was in the last document too is not read again.

    Whoever keeps one between runs replaces the elements that changed, and changes nothing in them.
    """

    def __init__(self) -> None:
        self._histories: _Read[list[ResourceHistory]] = _Read(resource_history.of_state)
        self._operations: _Read[tuple[Operation, ...]] = _Read(operations.read)

    def next_run(self) -> None:
        """Begin a run: what the last one did not meet is forgotten."""
        self._histories.next_run()
        self._operations.next_run()

    def histories(self, state: etree._Element) -> list[ResourceHistory]:
        """Return what a `node_state` says of each resource."""
        return self._histories.of(state)

    def operations(self, resource: etree._Element) -> tuple[Operation, ...]:
        """Return the operations of a resource's element, its template applied."""
        return self._operations.of(resource)
