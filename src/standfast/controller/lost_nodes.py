"""Nodes that went without having stopped: unclean until fenced, or until they are back with their history.

A daemon that goes alone, its node staying in the membership, is waited for: its node counts as pending, so that
nothing is started there, and nothing of it anywhere else.
"""

from __future__ import annotations

from standfast.cib import status
from standfast.controller import arrivals, attributes, carrying, coordination, histories, node_ids
from standfast.controller.applied import NOTHING, Applied, Note
from standfast.controller.messages import Fenced, GiveUp, Incarnation
from standfast.controller.replica import RECEIPTS_MAX, Departed, Member, Replica
from standfast.messaging import Why

_ORIGIN = histories.ORIGIN
_NEVER = Incarnation()


def depart(replica: Replica, member: Member, why: Why) -> Note:
    """Take a member out of the state: it left clean, its daemon is gone, or its node is lost."""
    name, node_id = member.name, node_ids.node_id(replica, member.name)
    del replica.members[member.id]
    histories.drop_pending(replica, name)
    if name in replica.leaving:
        replica.leaving.remove(name)
        return _left(replica, name, node_id)
    # The scheduler takes a node that is gone and was shutting down for one that has stopped.
    status.delete_attribute(replica.document, node_id, attributes.SHUTDOWN)
    returning = why is not Why.NODE_DOWN
    known = member.known and histories.is_complete(replica, name)
    replica.departed[name] = Departed(member.id, name, member.incarnation, returning, known)
    if returning:
        _mark(replica, name, node_id, in_ccm="true", crmd="online", join="pending")
        text = f"the daemon of {name} is gone, its node is not: it is waited for"
        return Note("daemon-lost", text, "warning", {"node": name})
    _mark(replica, name, node_id, in_ccm="false", crmd="offline")
    return Note("node-lost", f"{name} is lost: it is unclean until it is fenced", "error", {"node": name})


def exclude(replica: Replica, member: Member) -> Note:
    """Take a silent member out: its node is unclean at once."""
    note = depart(replica, member, Why.PROCESS_DOWN)
    departed = replica.departed.get(member.name)
    return note if departed is None else _unclean(replica, departed, "it does not answer")


def lose(replica: Replica, departed: Departed) -> Note:
    """Note that the node of a daemon that was waited for left the membership too."""
    departed.returning = False
    _mark(replica, departed.name, node_ids.node_id(replica, departed.name), in_ccm="false", crmd="offline")
    text = f"{departed.name} is lost: it is unclean until it is fenced"
    return Note("node-lost", text, "error", {"node": departed.name})


def was_away(replica: Replica, departed: Departed) -> bool:
    """Return whether a lost node has been out of the membership since."""
    entry = status.node_state(replica.document, node_ids.node_id(replica, departed.name))
    return not departed.returning and entry is not None and entry.get("in_ccm") == "false"


def come_back(replica: Replica, departed: Departed) -> Note:
    """Note that the machine of a lost node is in the membership again: its daemon is waited for before it is fenced.

    Machines that are switched on together after an outage would else shoot each other while they boot. What the
    node held still starts nowhere else before its daemon has said what it runs, or a device that it is off.
    """
    departed.returning = True
    node_id = node_ids.node_id(replica, departed.name)
    _mark(replica, departed.name, node_id, in_ccm="true", crmd="online", join="pending")
    text = f"the machine of {departed.name} is back: its daemon is waited for"
    return Note("node-back", text, "notice", {"node": departed.name})


def give_up(replica: Replica, message: GiveUp) -> Applied:
    """Wait no longer: for a daemon to come back, or for a configured node that no view has contained."""
    if message.incarnation == _NEVER:
        if message.node in replica.given_up or message.node not in node_ids.unseen(replica):
            return NOTHING
        replica.given_up.append(message.node)
        note = Note("node-missing", f"{message.node} did not come: it is unclean", "warning", {"node": message.node})
        return Applied(reason=f"{message.node} is not waited for any more", notes=(note,))
    departed = replica.departed.get(message.node)
    if departed is None or departed.incarnation != message.incarnation or not departed.returning:
        return NOTHING
    note = _unclean(replica, departed, "its daemon did not come back")
    return Applied(reason=f"{message.node} is unclean", notes=(note,))


def fenced(replica: Replica, message: Fenced) -> Applied:
    """Keep a receipt; one that is ok for the node's last life makes the node clean and offline."""
    replica.receipts = [*replica.receipts, message][-RECEIPTS_MAX:]
    fields = {"node": message.target, "device": message.device, "action": message.action,
              "executed_by": message.executed_by, "client": message.client}  # fmt: skip
    if not message.ok:
        text = f"fencing {message.target} ({message.action}) failed: {message.reason or 'no device confirmed it'}"
        note = Note("fencing-failed", text, "error", fields)
        return Applied(reason=f"fencing {message.target} failed", notes=(note,))
    device = f" by {message.device}" if message.device else " by hand"
    note = Note("fenced", f"{message.target} is fenced ({message.action}){device}", "notice", fields)
    if message.action == "on" or not _is_last_life(replica, message):
        return Applied(reason=f"{message.target} was fenced", notes=(note,))
    _clean(replica, message.target)
    coordination.note(replica)
    return Applied(reason=f"{message.target} was fenced", notes=(note,))


def is_off(replica: Replica, name: str) -> bool:
    """Return whether a node is known to be off: no member, not lost, and not one that was never seen."""
    return replica.member(name) is None and name not in replica.departed and name not in node_ids.unseen(replica)


def awaited(replica: Replica) -> list[str]:
    """Return the unseen nodes that have not been given up."""
    return [name for name in node_ids.unseen(replica) if name not in replica.given_up]


def _is_last_life(replica: Replica, message: Fenced) -> bool:
    last = replica.incarnations.get(message.target)
    return last is None or message.incarnation == str(last)


def _clean(replica: Replica, name: str) -> None:
    node_id = node_ids.node_id(replica, name)
    member = replica.member(name)
    if member is not None:
        del replica.members[member.id]
    replica.departed.pop(name, None)
    histories.drop_pending(replica, name)
    if name in replica.leaving:
        replica.leaving.remove(name)
    carrying.fenced(replica, name)
    _mark(replica, name, node_id, in_ccm="false", crmd="offline", join="down", expected="down")
    arrivals.forget(replica, node_id)
    status.erase_history(replica.document, node_id)
    attributes.erase(replica, name, node_id)


def _left(replica: Replica, name: str, node_id: str) -> Note:
    _mark(replica, name, node_id, in_ccm="false", crmd="offline", join="down", expected="down")
    attributes.erase(replica, name, node_id)
    return Note("node-left", f"{name} has stopped and left", "notice", {"node": name})


def _unclean(replica: Replica, departed: Departed, why: str) -> Note:
    departed.returning = False
    _mark(replica, departed.name, node_ids.node_id(replica, departed.name), crmd="offline")
    text = f"{departed.name} is unclean until it is fenced: {why}"
    return Note("node-lost", text, "error", {"node": departed.name})


def _mark(
    replica: Replica, name: str, node_id: str, *, crmd: str, in_ccm: str | None = None, join: str | None = None,
    expected: str | None = None,
) -> None:  # fmt: skip
    status.set_node_state(
        replica.document, node_id, name, in_ccm=in_ccm, crmd=crmd, join=join, expected=expected, origin=_ORIGIN
    )
