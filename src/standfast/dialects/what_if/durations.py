"""How long operations take: as the history says, or a guess."""

from __future__ import annotations

from standfast import cib, transition
from standfast.cib import history

GUESSES_MS = {
    "start": 2000,
    "stop": 2000,
    "promote": 1000,
    "demote": 1000,
    "migrate_to": 5000,
    "migrate_from": 1000,
    "monitor": 100,
    "notify": 100,
    "stonith": 10_000,
}
"""What is supposed of an operation that no history tells of, in milliseconds."""


class Durations:
    """What one document's history says: of the resource on the node, on any node, of the agent, or a guess."""

    def __init__(self, document: cib.Document) -> None:
        self._known: dict[tuple[str, str, str], int] = {}
        self.guessed: set[str] = set()
        for state in document.root.iterfind("status/node_state"):
            for resource, record in history.operations(state):
                took_ms = record.exec_ms + record.queue_ms
                if not took_ms or record.interval_ms or record.op_status == history.PENDING:
                    continue
                agent = ":".join(filter(None, (resource.get("class"), resource.get("provider"), resource.get("type"))))
                name = record.resource_id.partition(":")[0]
                for key in (
                    (name, record.task, state.get("uname", "")),
                    (name, record.task, ""),
                    ("", record.task, agent),
                ):
                    self._known[key] = max(took_ms, self._known.get(key, 0))

    def of(self, action: transition.Action) -> int:
        """Return how long an action takes in milliseconds; what is guessed is noted in `guessed`."""
        if action.kind is transition.Kind.PSEUDO or action.operation in ("cancel", "delete", "clear_failcount"):
            return 0
        ref = action.resource
        if ref is not None:
            agent = ":".join(filter(None, (ref.standard, ref.provider, ref.type)))
            name = ref.id.partition(":")[0]
            for key in (
                (name, action.operation, action.on_node),
                (name, action.operation, ""),
                ("", action.operation, agent),
            ):
                if key in self._known:
                    return self._known[key]
        guess = GUESSES_MS.get(action.operation, 0)
        if guess and action.operation not in ("monitor", "notify"):
            self.guessed.add("fencing" if action.operation == "stonith" else action.operation)
        return guess


def timeline(graph: transition.Graph, durations: Durations) -> list[tuple[int, int, transition.Action]]:
    """Return when each action begins and ends, in ms: at once when what it waits for is done, each as long as it takes.

    Limits of parallel actions do not count.
    """
    synapses = {s.action.id: s for s in graph.synapses}
    ends: dict[int, int] = {}
    found = []
    for number, _ in sorted(transition.depths(graph).items(), key=lambda pair: pair[1]):
        synapse = synapses[number]
        begin = max((ends[one] for one in synapse.inputs if one in ends), default=0)
        ends[number] = begin + durations.of(synapse.action)
        found.append((begin, ends[number], synapse.action))
    return found
