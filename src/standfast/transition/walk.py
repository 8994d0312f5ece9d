"""Walking a graph: which actions are ready now. Pure bookkeeping; when and how to run them is the controller's."""

from __future__ import annotations

from collections import Counter

from standfast.transition.graph import Action, Graph, Kind, Synapse

_MIGRATIONS = ("migrate_to", "migrate_from")


class Walk:
    """One transition on its way.

    Invariant: an action is in at most one of begun, done and failed, and is begun only after all its inputs are done.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.begun: set[int] = set()
        self.done: set[int] = set()
        self.failed: set[int] = set()
        self._synapses = {s.action.id: s for s in graph.synapses}
        self._missing = {s.action.id: len(s.inputs) for s in graph.synapses}
        self._followers: dict[int, list[int]] = {}
        for synapse in graph.synapses:
            for needed in synapse.inputs:
                self._followers.setdefault(needed, []).append(synapse.action.id)
        self._free = [s.action.id for s in graph.synapses if not s.inputs]
        self._order = {s.action.id: n for n, s in enumerate(graph.synapses)}
        self._migration_limit = _limit(graph.attributes.get("migration-limit"))
        self._migrating: Counter[str] = Counter()

    def action(self, action_id: int) -> Action:
        """Return the action with this number. Raises: KeyError."""
        return self._synapses[action_id].action

    def ready(self, also_running: int = 0) -> list[Synapse]:
        """Return what may begin now, in the graph's order.

        `batch-limit` bounds what runs at once, with `also_running` from outside of this graph; pseudo actions take
        no time and do not count.
        """
        room = self._room(also_running)
        migrating = self._migrating.copy()
        found = []
        for action_id in sorted(self._free, key=self._order.__getitem__):
            synapse = self._synapses[action_id]
            costs = synapse.action.kind is not Kind.PSEUDO
            if (costs and room <= 0) or not self._may_migrate(synapse.action, migrating):
                continue
            room -= costs
            migrating.update(_migrating_nodes(synapse.action))
            found.append(synapse)
        return found

    def begin(self, action_id: int) -> None:
        """Note that an action runs now."""
        assert not self._missing[action_id], f"action {action_id} begins before its inputs are done"
        self._free.remove(action_id)
        self.begun.add(action_id)
        self._migrating.update(_migrating_nodes(self.action(action_id)))

    def complete(self, action_id: int) -> None:
        """Note that an action is done: what waited for it alone is ready."""
        self._end(action_id)
        self.done.add(action_id)
        for follower in self._followers.get(action_id, ()):
            self._missing[follower] -= 1
            if not self._missing[follower]:
                self._free.append(follower)

    def fail(self, action_id: int) -> None:
        """Note that an action failed: what waits for it never runs."""
        self._end(action_id)
        self.failed.add(action_id)

    @property
    def is_over(self) -> bool:
        """Return whether nothing runs and nothing can begin any more."""
        return not self.begun and not self._free

    @property
    def is_complete(self) -> bool:
        """Return whether every action is done."""
        return len(self.done) == len(self._synapses)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many actions are complete, pending, failed, and not begun (they wait, or never will run)."""
        begun, done, failed = len(self.begun), len(self.done), len(self.failed)
        rest = len(self._synapses) - begun - done - failed
        return {"complete": done, "pending": begun, "failed": failed, "incomplete": rest}

    def _end(self, action_id: int) -> None:
        if action_id in self._free:
            self._free.remove(action_id)
        if action_id in self.begun:
            self.begun.remove(action_id)
            self._migrating.subtract(_migrating_nodes(self.action(action_id)))

    def _room(self, also_running: int) -> int:
        limit = self.graph.batch_limit
        if limit <= 0:
            return len(self._synapses) + 1
        running = sum(self.action(i).kind is not Kind.PSEUDO for i in self.begun)
        return limit - running - also_running

    def _may_migrate(self, action: Action, migrating: Counter[str]) -> bool:
        if self._migration_limit is None:
            return True
        return all(migrating[node] < self._migration_limit for node in _migrating_nodes(action))


def _limit(text: str | None) -> int | None:
    """Return the number of migrations that a node may have at once; None if it is not limited."""
    return int(text) if text is not None and text.isdecimal() and int(text) > 0 else None


def _migrating_nodes(action: Action) -> tuple[str, ...]:
    return (action.on_node,) if action.operation in _MIGRATIONS and action.kind is Kind.RESOURCE else ()
