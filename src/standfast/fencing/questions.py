"""Asking devices whom they can fence: from one node after the other, until one has an answer."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from standfast.fencing import messages
from standfast.fencing.events import Effect, Say
from standfast.fencing.knowledge import Question
from standfast.runtime import CancelTimer, SetTimer


class Open(msgspec.Struct, frozen=True):
    """A question under way: the node that was asked, and those that had no answer."""

    node: str
    generation: int
    without_answer: frozenset[str]


class Questions:
    """The coordinator's open questions."""

    def __init__(self, next_number: Callable[[], int]) -> None:
        self._next_number = next_number
        self._open: dict[Question, Open] = {}

    def ask(self, question: Question, callers: tuple[str, ...], limit_ms: int) -> list[Effect]:
        """Ask, if it is not being asked. Where nobody can be asked the answer is that it cannot."""
        return [] if question in self._open else self._ask(question, callers, limit_ms, frozenset())

    def again(self, question: Question, callers: tuple[str, ...], limit_ms: int) -> list[Effect]:
        """Ask the next node: the one that was asked had no answer."""
        asked = self._open.pop(question, None)
        if asked is None:
            return []
        return self._ask(question, callers, limit_ms, asked.without_answer | {asked.node})

    def answered(self, question: Question) -> list[Effect]:
        """Take it that the question is settled."""
        return [CancelTimer(_timer(question))] if self._open.pop(question, None) else []

    def due(self, name: str, generation: int) -> Question | None:
        """Return the question whose time is over."""
        for question, asked in self._open.items():
            if _timer(question) == name and asked.generation == generation:
                return question
        return None

    def forget(self) -> list[Effect]:
        """Drop all: the members changed, and who was asked may be gone."""
        effects: list[Effect] = [CancelTimer(_timer(question)) for question in self._open]
        self._open.clear()
        return effects

    def _ask(
        self, question: Question, callers: tuple[str, ...], limit_ms: int, without: frozenset[str]
    ) -> list[Effect]:
        device, what, target = question
        node = next((n for n in callers if n not in without), None)
        if node is None:
            self._open[question] = Open("", self._next_number(), without)
            return [Say(messages.render(messages.Told(device, what, target, False)))]
        generation = self._next_number()
        self._open[question] = Open(node, generation, without)
        asked = Say(messages.render(messages.Asked(device, node, what, target)))
        return [asked, SetTimer(_timer(question), generation, limit_ms)]


def _timer(question: Question) -> str:
    return "fencing/question/" + "/".join(question)
