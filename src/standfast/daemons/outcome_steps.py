"""What of a transition concerns a resource: its steps, why each is in it, and what it waits for."""

from __future__ import annotations

from standfast import scheduler, transition
from standfast.web import schema

_WHY = {
    "start": "it is to run there",
    "stop": "it is not to run there",
    "promote": "it is to be promoted there",
    "demote": "it is not to be promoted there",
    "migrate_to": "it moves without being stopped",
    "migrate_from": "it moves without being stopped",
    "notify": "the instances are told what the others do",
    "reload-agent": "its parameters changed",
    "delete": "what is known of it there is forgotten",
    "clear_failcount": "its failures there do not count any more",
    "cancel": "it is no longer to be checked like this",
}


def steps(outcome: scheduler.Outcome, related: frozenset[str]) -> list[schema.Step]:
    """Return the steps of these resources, and all that they wait for, in an order in which they can be done."""
    graph = outcome.graph
    own = {s.action.id for s in graph.synapses if owner(s.action) in related}
    wanted = transition.ancestry(graph, own)
    depth = transition.depths(graph)
    found = [s for s in graph.synapses if s.action.id in wanted]
    return [_step(s, outcome, own) for s in sorted(found, key=lambda s: (depth.get(s.action.id, 0), s.action.id))]


def owner(action: transition.Action) -> str:
    """Return the resource that an action is of, without an instance's number; of a fencing there is none."""
    if action.resource is not None:
        return (action.resource.long_id or action.resource.id).partition(":")[0]
    if action.kind is not transition.Kind.PSEUDO:
        return ""
    words = action.operation_key.rsplit("_", 2)
    return words[0].partition(":")[0] if len(words) == 3 else ""


def name(action: transition.Action) -> str:
    """Return what people call an action: `web start`, `web monitor every 10 s`, `fence (reboot)`."""
    if action.operation == "stonith":
        return f"fence ({action.attributes.get('CRM_meta_stonith_action', '')})"
    if action.kind is transition.Kind.PSEUDO:
        return action.operation_key or action.operation
    if action.resource is None:
        return action.operation
    instance = action.resource.long_id or action.resource.id
    if action.operation == "monitor":
        every = f"monitor every {action.interval_ms / 1000:g} s"
        return f"{instance} {every if action.interval_ms else 'probe'}"
    return f"{instance} {action.operation}"


def _step(synapse: transition.Synapse, outcome: scheduler.Outcome, own: set[int]) -> schema.Step:
    action = synapse.action
    pseudo = action.kind is transition.Kind.PSEUDO
    waits_for = sorted(synapse.inputs)
    return schema.Step(
        action.id, name(action), action.on_node, _why(action, outcome), waits_for, action.id in own, pseudo
    )


def _why(action: transition.Action, outcome: scheduler.Outcome) -> str:
    if action.operation == "stonith":
        return outcome.fencing.get(action.on_node, "") or action.reason
    if action.reason:
        return action.reason
    if action.operation == "monitor":
        return "it is watched while it runs" if action.interval_ms else "it is not known whether it runs there"
    if action.kind is transition.Kind.PSEUDO:
        return "a mark that others wait for: nothing is done"
    return _WHY.get(action.operation, "")
