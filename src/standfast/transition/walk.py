"""Walking a graph: which actions are ready now. Pure bookkeeping; when and how to run them is the controller's."""

from __future__ import annotations

import bisect
import heapq
import sys
from collections import Counter
from collections.abc import Callable, Iterator

import msgspec

from standfast.transition.graph import Action, Graph, Kind, Synapse

_MIGRATIONS = ("migrate_to", "migrate_from")
_UNLIMITED = sys.maxsize


def place(action: Action) -> str:
    """Return the node whose executor carries the action out; empty if none does, or at once (pseudo actions, fencing,
    a recurring operation's end)."""
    if action.kind is not Kind.RESOURCE or action.operation == "cancel":
        return ""
    return action.router_node or action.on_node


class Room(msgspec.Struct, frozen=True):
    """How much may begin now, from outside of the graph.

    `also_running` actions of others run too, `also_at` of them at each place; at one place `per_place` run at once.
    At most `at_most` are named. `may_begin` says what must wait for other reasons.
    """

    also_running: int = 0
    also_at: Counter[str] = msgspec.field(default_factory=Counter)
    per_place: Callable[[str], int] = lambda name: _UNLIMITED
    at_most: int = _UNLIMITED
    may_begin: Callable[[Action], bool] = lambda action: True


NO_LIMIT = Room()


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
        self._order = {s.action.id: n for n, s in enumerate(graph.synapses)}
        self._free: dict[str, list[int]] = {}  # by place, in the graph's order
        self._busy: Counter[str] = Counter()  # what was begun, by place
        for synapse in graph.synapses:
            if not synapse.inputs:
                self._release(synapse.action.id)
        self._migration_limit = _limit(graph.attributes.get("migration-limit"))
        self._migrating: Counter[str] = Counter()

    def action(self, action_id: int) -> Action:
        """Return the action with this number. Raises: KeyError."""
        return self._synapses[action_id].action

    def is_free(self, action_id: int) -> bool:
        """Return whether an action waits for no other of the graph."""
        return not self._missing[action_id]

    def ready(self, room: Room = NO_LIMIT) -> list[Synapse]:
        """Return what may begin now, in the graph's order.

        `batch-limit` bounds what runs at once; pseudo actions take no time and do not count. Costs as much as what it
        returns, and what it passes over for other reasons than a place that is full.
        """
        if room.at_most <= 0:
            return []
        left = self._left(room.also_running)
        at = {name: room.per_place(name) - self._busy[name] - room.also_at[name] for name in self._free if name}
        migrating = self._migrating.copy()
        found: list[Synapse] = []
        queues = [self._queue(name, free, at) for name, free in self._free.items()]
        for action_id in heapq.merge(*queues, key=self._order.__getitem__):
            synapse, name = self._synapses[action_id], self._place(action_id)
            action = synapse.action
            costs = action.kind is not Kind.PSEUDO
            is_full = (costs and left <= 0) or (name and at[name] <= 0) or not self._may_migrate(action, migrating)
            if is_full or not room.may_begin(action):
                continue
            found.append(synapse)
            if len(found) >= room.at_most:
                break
            left -= costs
            at[name] = at.get(name, 0) - 1
            migrating.update(_migrating_nodes(action))
        return found

    @staticmethod
    def _queue(name: str, free: list[int], at: dict[str, int]) -> Iterator[int]:
        """Yield what is free at a place until that is full."""
        for action_id in free:
            if name and at[name] <= 0:
                return
            yield action_id

    def _place(self, action_id: int) -> str:
        return place(self._synapses[action_id].action)

    def begin(self, action_id: int) -> None:
        """Note that an action runs now."""
        assert not self._missing[action_id], f"action {action_id} begins before its inputs are done"
        action = self.action(action_id)
        self._take_out(action_id)
        self.begun.add(action_id)
        self._busy[self._place(action_id)] += 1
        self._migrating.update(_migrating_nodes(action))

    def _release(self, action_id: int) -> None:
        free = self._free.setdefault(self._place(action_id), [])
        bisect.insort(free, action_id, key=self._order.__getitem__)

    def _take_out(self, action_id: int) -> bool:
        """Take an action out of what is free; return whether it was."""
        free = self._free.get(self._place(action_id), [])
        order = self._order
        at = bisect.bisect_left(free, order[action_id], key=order.__getitem__)
        if at == len(free) or free[at] != action_id:
            return False
        del free[at]
        return True

    def complete(self, action_id: int) -> None:
        """Note that an action is done: what waited for it alone is ready."""
        self._end(action_id)
        self.done.add(action_id)
        for follower in self._followers.get(action_id, ()):
            self._missing[follower] -= 1
            if not self._missing[follower]:
                self._release(follower)

    def fail(self, action_id: int) -> None:
        """Note that an action failed: what waits for it never runs."""
        self._end(action_id)
        self.failed.add(action_id)

    @property
    def is_over(self) -> bool:
        """Return whether nothing runs and nothing can begin any more."""
        return not self.begun and not any(self._free.values())

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
        self._take_out(action_id)
        if action_id in self.begun:
            self.begun.remove(action_id)
            self._busy[self._place(action_id)] -= 1
            self._migrating.subtract(_migrating_nodes(self.action(action_id)))

    def _left(self, also_running: int) -> int:
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
