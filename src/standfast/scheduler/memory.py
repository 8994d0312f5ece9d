"""What a resident scheduler remembers from one run to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml import etree

    from standfast.scheduler.resource_history import ResourceHistory


class Memory:
    """The histories in nodes' states that were in the last document. Such an element, met again, is not read again.

    Whoever keeps one between runs replaces the elements of nodes whose state changed, and changes nothing in them.
    """

    def __init__(self) -> None:
        self.read: dict[etree._Element, list[ResourceHistory]] = {}
