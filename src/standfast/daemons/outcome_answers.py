"""What a scheduler says of a cluster, as the API's types. The worker imports it: it holds no more than it must."""

from __future__ import annotations

from standfast import scheduler
from standfast.daemons import outcome_steps
from standfast.web import schema


def node(state: scheduler.NodeState, members: frozenset[str]) -> schema.NodeRecord:
    """Return a node as clients see it; `members` are the names of nodes whose daemon takes part."""
    return schema.NodeRecord(
        name=state.name,
        id=int(state.id) if state.id.isdigit() else 0,
        online=state.online,
        state=node_word(state),
        dc=state.is_dc,
        standby=state.standby or state.standby_on_fail,
        maintenance=state.maintenance,
        unclean=state.unclean,
        daemon=state.name in members,
        kind=state.kind,
        attributes=dict(state.attributes),
    )


def node_word(state: scheduler.NodeState) -> str:
    """Return a node's state in crm_mon's words."""
    if state.unclean:
        return "UNCLEAN (online)" if state.online else "UNCLEAN (offline)"
    if state.pending:
        return "pending"
    if not state.online:
        return "offline"
    if state.maintenance:
        return "maintenance"
    return "standby" if state.standby or state.standby_on_fail else "online"


def resource(state: scheduler.InstanceState) -> schema.ResourceRecord:
    """Return a resource instance as clients see it."""
    return schema.ResourceRecord(
        id=state.id,
        agent=state.agent,
        role=state.role.value,
        nodes=list(state.nodes),
        managed=state.managed,
        failed=state.failed,
        blocked=state.blocked,
        orphaned=state.orphaned,
        pending=state.pending,
        target_role=state.target_role,
        parents=list(state.parents),
        fail_counts=dict(state.fail_counts),
    )


def failure(state: scheduler.Failure) -> schema.FailureRecord:
    """Return a failed operation."""
    return schema.FailureRecord(
        state.operation_key,
        state.node,
        state.exit_code,
        state.status,
        state.exit_reason,
        state.call_id,
        state.last_change_s,
    )


def action(change: scheduler.Change) -> schema.PlannedAction:
    """Return a line of a plan."""
    return schema.PlannedAction(
        change.action, change.resource, change.source, change.target, change.reason, change.blocked
    )


def actions(outcome: scheduler.Outcome) -> list[schema.PlannedAction]:
    """Return what an outcome does: fencing first, then the resources."""
    fenced = {c.source or c.target or c.resource for c in outcome.changes if c.action == "Fence"}
    more = [
        schema.PlannedAction("Fence", name, reason=reason)
        for name, reason in outcome.fencing.items()
        if name not in fenced
    ]
    return more + [action(c) for c in outcome.changes]


def explanation(
    resource_id: str,
    node_name: str,
    outcome: scheduler.Outcome,
    related: frozenset[str],
    recent: list[schema.EventRecord],
) -> schema.Explanation:
    """Return why a resource's instances are where they are; `related`: the instances that belong to it."""
    chosen = [a for a in outcome.assignments if base(a.resource) in related]
    instances = [_instance(a, node_name, outcome) for a in chosen]
    found = [a for a in actions(outcome) if base(a.resource) in related or a.action == "Fence"]
    return schema.Explanation(resource_id, instances, found, recent, outcome_steps.steps(outcome, related))


def base(instance: str) -> str:
    """Return an instance's resource: `web:1` is of `web`."""
    return instance.partition(":")[0]


def _instance(
    assignment: scheduler.Assignment, node_name: str, outcome: scheduler.Outcome
) -> schema.InstanceExplanation:
    places = [_place(c, assignment, outcome) for c in assignment.candidates if node_name in ("", c.node)]
    found = next((p for p in outcome.promotions if p.resource == assignment.resource), None)
    promotion = (
        None if found is None else schema.PromotionRecord(found.score, _parts(found.contributions), found.why_not)
    )
    return schema.InstanceExplanation(
        assignment.resource, assignment.node or "", assignment.role.value, assignment.decided_by, places, promotion
    )


def _place(
    candidate: scheduler.Candidate, assignment: scheduler.Assignment, outcome: scheduler.Outcome
) -> schema.PlaceRecord:
    why_not = scheduler.why_not(outcome, assignment, candidate.node)
    parts = _parts(candidate.contributions)
    return schema.PlaceRecord(candidate.node, candidate.score, parts, candidate.refused, why_not)


def _parts(contributions: tuple[scheduler.Contribution, ...]) -> list[schema.Part]:
    return [schema.Part(c.source, c.score, c.note) for c in contributions]
