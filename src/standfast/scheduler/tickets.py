"""Tickets: permission, from outside, for resources to run at this site."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler import constraint_sets, roles, where
from standfast.scheduler.constraints import Ticket, TicketDependency
from standfast.scheduler.fencing_needs import fence
from standfast.scheduler.scores import INFINITY

if TYPE_CHECKING:
    from lxml import etree

    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.working import Resource


def unpack_states(cluster: Cluster, section: etree._Element) -> None:
    """Take over which tickets are granted."""
    for state in section.iterchildren("ticket_state"):
        ticket_id = state.get("id")
        if ticket_id:
            ticket = cluster.tickets.setdefault(ticket_id, Ticket(ticket_id))
            ticket.granted = cib.values.is_true(state.get("granted"))
            ticket.standby = cib.values.is_true(state.get("standby"))
            last = cib.values.integer(state.get("last-granted"))
            ticket.last_granted_s = -1 if last is None else last


def unpack(cluster: Cluster, constraint: etree._Element) -> None:
    """Take over one `rsc_ticket`; what it demands now is applied at once."""
    ticket_id = constraint.get("ticket")
    if ticket_id is None:
        return
    ticket = cluster.tickets.setdefault(ticket_id, Ticket(ticket_id))
    sets = constraint_sets.sets_of(cluster, constraint)
    resource_id, role = constraint.get("rsc"), constraint.get("rsc-role")
    if sets == [] and resource_id is not None:
        side = constraint_sets.side_set(cluster, resource_id, {} if role is None else {"role": role})
        sets = None if side is None else [side]
    policy = (constraint.get("loss-policy") or "").lower()
    for one in sets or ():
        for reference in one.references:
            resource = constraint_sets.find(cluster, reference)
            if resource is None:
                return
            _depend(constraint.get("id") or one.id, resource, ticket, one.attributes.get("role"), policy)


def _depend(constraint_id: str, resource: Resource, ticket: Ticket, role_text: str | None, policy: str) -> None:
    role = constraint_sets.role(role_text)
    if role is None:
        return
    if policy == "fence" and not resource.cluster.options.fencing_enabled:
        policy = "stop"
    if policy not in ("fence", "freeze", "demote", "stop"):
        policy = "demote" if role == roles.PROMOTED else "stop"
    dependency = TicketDependency(constraint_id, resource, role, ticket, policy)
    resource.tickets.append(dependency)
    if not ticket.granted or ticket.standby:
        _apply(resource, dependency)


def _apply(resource: Resource, dependency: TicketDependency) -> None:
    if resource.children:
        for child in resource.children:
            _apply(child, dependency)
    elif not dependency.ticket.granted and resource.active_nodes:
        _lose(resource, dependency)
    elif dependency.role != roles.PROMOTED or dependency.loss == "stop":
        state = "standby" if dependency.ticket.granted else "not granted"
        where.add_score_everywhere(resource, -INFINITY, f"ticket {dependency.ticket.id} {state}")


def _lose(resource: Resource, dependency: TicketDependency) -> None:
    source = f"ticket {dependency.ticket.id} lost"
    matches = dependency.role in (roles.UNKNOWN, resource.orig_role)
    match dependency.loss:
        case "stop":
            where.add_score_everywhere(resource, -INFINITY, source)
        case "demote" if dependency.role != roles.PROMOTED:
            where.add_score_everywhere(resource, -INFINITY, source)
        case "fence" if matches:
            where.add_score_everywhere(resource, -INFINITY, source)
            for node in resource.active_nodes:
                fence(resource.cluster, node, "deadman ticket was lost")
        case "freeze" if matches:
            resource.managed = False
            resource.blocked = True


def require_for_promotion(clone: Resource) -> None:
    """Ban a promotable clone everywhere where promotion needs a ticket that is missing."""
    for dependency in clone.tickets:
        if dependency.role == roles.PROMOTED and (not dependency.ticket.granted or dependency.ticket.standby):
            where.add_score_everywhere(clone, -INFINITY, f"ticket {dependency.ticket.id} missing")
