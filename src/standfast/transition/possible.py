"""What of a graph can ever be executed."""

from __future__ import annotations

import msgspec

from standfast.transition.graph import Action, Graph


def possible(graph: Graph) -> tuple[Graph, tuple[Action, ...]]:
    """Return the part of a graph that can be executed to its end, and the actions that cannot.

    An action cannot be executed that waits for one that is not in the graph, for itself through others, or for another
    that cannot.
    """
    done: set[int] = set()
    waiting = {synapse.action.id: len(synapse.inputs) for synapse in graph.synapses}
    followers: dict[int, list[int]] = {}
    for synapse in graph.synapses:
        for number in synapse.inputs:
            followers.setdefault(number, []).append(synapse.action.id)
    ready = [number for number, count in waiting.items() if not count]
    while ready:
        number = ready.pop()
        done.add(number)
        for follower in followers.get(number, ()):
            waiting[follower] -= 1
            if not waiting[follower]:
                ready.append(follower)
    if len(done) == len(graph.synapses):
        return graph, ()
    kept = tuple(synapse for synapse in graph.synapses if synapse.action.id in done)
    left_out = tuple(synapse.action for synapse in graph.synapses if synapse.action.id not in done)
    return msgspec.structs.replace(graph, synapses=kept, missing=()), left_out
