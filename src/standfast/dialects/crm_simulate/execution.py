"""A graph executed in a model, action by action."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from standfast import cib, transition
from standfast.dialects.crm_simulate import entries
from standfast.dialects.crm_simulate.known import Operation
from standfast.dialects.crm_simulate.model import Model


class Execution(msgspec.Struct):
    """What was done, one by one, and whether it came to its end."""

    entries: list[entries.Entry] = msgspec.field(default_factory=list)
    complete: bool = True
    aborted: bool = False

    @property
    def lines(self) -> list[str]:
        """Return what was done as text."""
        return [entry.text for entry in self.entries]


def execute(graph: transition.Graph, model: Model, resources: frozenset[str], failing: Mapping[str, int]) -> Execution:
    """Execute a graph in the model.

    `resources` are known ids; `failing` maps `key@node` to the exit code to fail with.
    """
    return _Executor(model, resources, failing).run(graph)


class _Executor:
    def __init__(self, model: Model, resources: frozenset[str], failing: Mapping[str, int]) -> None:
        self.model, self.resources, self.failing = model, resources, failing
        self.done = Execution()

    def run(self, graph: transition.Graph) -> Execution:
        succeeded: set[int] = set()
        ended: set[int] = set()
        waiting = list(graph.synapses)
        progress = True
        while progress and waiting:
            progress = False
            left = []
            for synapse in waiting:
                urgent = synapse.priority >= cib.INFINITY
                held = self.done.aborted and not urgent and synapse.action.kind is not transition.Kind.PSEUDO
                if held or not synapse.inputs <= (ended if urgent else succeeded):
                    left.append(synapse)
                    continue
                progress = True
                ended.add(synapse.action.id)
                if self._perform(synapse.action):
                    succeeded.add(synapse.action.id)
            waiting = left
        self.done.complete = not waiting or self.done.aborted
        return self.done

    def _perform(self, action: transition.Action) -> bool:
        """Do an action; return whether it succeeded."""
        if action.kind is transition.Kind.PSEUDO:
            self.done.entries.append(entries.pseudo(action))
        elif action.operation == "stonith":
            how = action.attributes.get("CRM_meta_stonith_action", "")
            self.done.entries.append(entries.fencing(action, how))
            if how.lower() != "on":
                self.model.node(action.on_node).take_down()
        elif action.kind is transition.Kind.CLUSTER:
            self.done.entries.append(entries.cluster(action))
        else:
            return self._operate(action)
        return True

    def _operate(self, action: transition.Action) -> bool:
        ref = action.resource
        assert ref is not None, "an rsc_op has a resource"
        name = ref.id if ref.id in self.resources or ref.long_id not in self.resources else ref.long_id
        interval_ms = action.interval_ms if action.operation != "delete" else 0
        self.done.entries.append(entries.resource(name, action, interval_ms))
        if action.operation in ("delete", "meta-data"):
            return True
        self.model.node(action.on_node, action.on_node if action.router_node else action.on_node_uuid)
        operation = Operation(
            ref.id, action.operation, action.interval_ms, action.on_node, action.target_rc, action.target_rc,
            attributes=dict(action.attributes),
        )  # fmt: skip
        for one in dict.fromkeys((name, ref.id)):
            code = self.failing.get(f"{one}_{action.operation}_{interval_ms}@{action.on_node}".lower())
            if code is not None:
                operation = msgspec.structs.replace(operation, rc=code, reason="User-injected result")
                self._fail(action, operation, one)
                break
        self.model.record(operation, name, (ref.standard, ref.provider, ref.type))
        return not operation.failed

    def _fail(self, action: transition.Action, operation: Operation, name: str) -> None:
        """Note that an operation fails, which ends the transition."""
        self.done.entries.append(entries.pretended(action, operation.rc))
        self.done.aborted = True
        counted = self.model.count_failure(operation, name, fatal=action.operation in ("start", "stop"))
        node = operation.node
        self.done.entries += entries.attributes(counted, self.model.path(node), self.model.node(node).id)
