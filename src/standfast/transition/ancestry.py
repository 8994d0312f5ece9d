"""What a part of a graph waits for."""

from __future__ import annotations

from collections.abc import Iterable

from standfast.transition.graph import Graph


def ancestry(graph: Graph, actions: Iterable[int]) -> frozenset[int]:
    """Return the ids of these actions and of all that they wait for, directly or through others."""
    inputs = {synapse.action.id: synapse.inputs for synapse in graph.synapses}
    found: set[int] = set()
    waiting = [number for number in actions if number in inputs]
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += [one for one in inputs[number] if one in inputs]
    return frozenset(found)


def depths(graph: Graph) -> dict[int, int]:
    """Return for each action how many steps must be done before it, at the least; a circle's are left out."""
    inputs = {s.action.id: set(s.inputs) for s in graph.synapses}
    left = {number: sum(one in inputs for one in before) for number, before in inputs.items()}
    after: dict[int, list[int]] = {number: [] for number in inputs}
    for number, before in inputs.items():
        for one in before & after.keys():
            after[one].append(number)
    found: dict[int, int] = {}
    ready = [number for number, count in left.items() if not count]
    while ready:
        number = ready.pop()
        found[number] = 1 + max((found[one] for one in inputs[number] if one in found), default=-1)
        for one in after[number]:
            left[one] -= 1
            if not left[one]:
                ready.append(one)
    return found
