"""What a view does to the replicated state, on every member that has it, at the view's place in the order."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from standfast.cib import status, versions
from standfast.controller import arrivals, attributes, carrying, coordination, histories, lost_nodes, node_ids
from standfast.controller.applied import Note
from standfast.controller.messages import Hello
from standfast.controller.replica import Member, Replica
from standfast.messaging import Quorum, RegularView, Why


class Settlement(msgspec.Struct, frozen=True):
    """What settles: the view, its members without those excluded, why others left, and who gets the state anew.

    `term` is the highest that any member knows; `certain`: the state counts as one that a quorum carries; `quorum` is
    the last word on it, if that is not the view's.
    """

    view: RegularView
    members: frozenset[int]
    left: Mapping[int, Why] = msgspec.field(default_factory=dict)
    joiners: Mapping[int, Hello] = msgspec.field(default_factory=dict)
    term: int = 0
    certain: bool = True
    round: int = 0
    quorum: Quorum | None = None


def settle(replica: Replica, settlement: Settlement) -> tuple[Note, ...]:
    """Change the state as the view demands and say what happened."""
    view = settlement.view
    notes = _departures(replica, settlement)
    if settlement.joiners:
        replica.era += 1
    names = {node.id: node.name for node in view.nodes}
    for number, hello in sorted(settlement.joiners.items()):
        notes.append(_join(replica, number, names.get(number, hello.name), hello))
    seen = settlement.quorum or view.quorum
    notes += quorum(replica, seen, len(view.nodes), settlement.term, certain=settlement.certain)
    _add_nodes(replica, max((h.wall_s for h in settlement.joiners.values()), default=0))
    coordination.note(replica)
    versions.raise_updates(replica.document)
    place = f"{view.id.sequence}.{view.id.representative}.{settlement.round}"
    replica.advance(0, place.encode())
    return tuple(notes)


def quorum(replica: Replica, seen: Quorum, nodes: int, term: int = 0, *, certain: bool = True) -> list[Note]:
    """Take note of quorum: a quorate view raises the term and makes the state one that counts."""
    before = replica.quorate
    carrying.take_quorum(replica, seen, nodes)
    carrying.settle(replica, term)
    replica.footing += 1
    replica.established = replica.established or (seen.quorate and certain)
    replica.document.root.set("have-quorum", "1" if seen.quorate else "0")
    if before == seen.quorate:
        return []
    if seen.quorate:
        return [Note("quorum", f"quorum: {seen.total_votes} of {seen.expected_votes} votes", "notice")]
    text = f"no quorum: {seen.total_votes} of {seen.expected_votes} votes, {seen.needed_votes} are needed"
    return [Note("quorum", text, "error")]


def exclude(replica: Replica, nodes: tuple[int, ...]) -> tuple[Note, ...]:
    """Take silent members out, within a view."""
    silent = [replica.members[n] for n in sorted(nodes) if n in replica.members]
    notes = tuple(lost_nodes.exclude(replica, member) for member in silent)
    replica.carried = carrying.is_carried(replica)
    replica.footing += 1
    coordination.note(replica)
    versions.raise_updates(replica.document)
    return notes


def _departures(replica: Replica, settlement: Settlement) -> list[Note]:
    view, present = settlement.view, {node.id for node in settlement.view.nodes}
    notes = []
    for number, member in sorted(replica.members.items()):
        if number not in settlement.members:
            notes.append(lost_nodes.depart(replica, member, _why(settlement, number, present)))
        elif number in settlement.joiners and settlement.joiners[number].incarnation != member.incarnation:
            notes.append(lost_nodes.depart(replica, member, Why.PROCESS_DOWN))
    for _, departed in sorted(replica.departed.items()):
        if departed.returning and departed.id not in present and departed.id not in view.members:
            notes.append(lost_nodes.lose(replica, departed))
        elif departed.id in present and departed.id not in view.members and lost_nodes.was_away(replica, departed):
            notes.append(lost_nodes.come_back(replica, departed))
    return notes


def _why(settlement: Settlement, number: int, present: set[int]) -> Why:
    if number not in present:
        return Why.NODE_DOWN
    return settlement.left.get(number, Why.PROCESS_DOWN)


def _join(replica: Replica, number: int, name: str, hello: Hello) -> Note:
    """Take a member in; what it holds is known when its history has come."""
    before = replica.departed.pop(name, None)
    histories.drop_pending(replica, name)
    replica.members[number] = Member(number, name, hello.incarnation, replica.era, hello.software, cpus=hello.cpus)
    node_id = node_ids.node_id(replica, name)
    if before is not None and before.incarnation.boot != hello.incarnation.boot:
        arrivals.forget(replica, node_id)
        status.erase_history(replica.document, node_id)
        attributes.erase(replica, name, node_id)
    replica.incarnations[name] = hello.incarnation
    if name in replica.given_up:
        replica.given_up.remove(name)
    status.delete_attribute(replica.document, node_id, attributes.SHUTDOWN)
    status.set_node_state(
        replica.document, node_id, name,
        in_ccm="true", crmd="online", join="pending", expected="member", origin=histories.ORIGIN,
    )  # fmt: skip
    return Note("member", f"{name} is a member", "notice", {"node": name})


def _add_nodes(replica: Replica, wall_s: int) -> None:
    """Write members that the configuration does not name into it; a view without quorum changes no configuration."""
    if replica.quorate and replica.established and node_ids.add_missing(replica):
        carrying.changed(replica, replica.document.version)
        versions.raise_epoch(replica.document, wall_s, client="standfast")
