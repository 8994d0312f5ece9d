"""How long operations take."""

from __future__ import annotations

import pytest

from standfast import transition
from standfast.dialects.what_if.durations import GUESSES_MS, Durations, timeline


def action(number: int, resource: str, task: str, node: str, kind: str = "Dummy") -> transition.Action:
    ref = transition.ResourceRef(resource, "ocf", kind, "pacemaker")
    return transition.Action(number, transition.Kind.RESOURCE, task, f"{resource}_{task}_0", on_node=node, resource=ref)


@pytest.mark.parametrize(
    ("resource", "task", "node", "expected", "guessed"),
    [
        ("web", "start", "n1", 500, set()),  # as it took there, and waited
        ("web", "start", "n3", 500, set()),  # as it took elsewhere
        ("other", "start", "n3", 500, set()),  # as its agent took
        ("web", "stop", "n1", 300, set()),
        ("db", "promote", "n1", GUESSES_MS["promote"], {"promote"}),
        ("web", "monitor", "n3", GUESSES_MS["monitor"], set()),
    ],
)
def test_the_history_counts_before_a_guess(
    document, resource: str, task: str, node: str, expected: int, guessed: set[str]
) -> None:
    """A database that takes minutes to start would be promised in two seconds."""
    durations = Durations(document)
    assert durations.of(action(1, resource, task, node, "Stateful" if resource == "db" else "Dummy")) == expected
    assert durations.guessed == guessed


def test_what_waits_begins_when_the_last_has_ended(document) -> None:
    """An outage would seem as long as its longest step, and not as all that wait for each other."""
    stop, start = action(1, "web", "stop", "n1"), action(2, "web", "start", "n2")
    graph = transition.Graph((transition.Synapse(2, start, frozenset([1])), transition.Synapse(1, stop)))
    assert [(begin, end, a.id) for begin, end, a in timeline(graph, Durations(document))] == [
        (0, 300, 1),
        (300, 800, 2),
    ]
