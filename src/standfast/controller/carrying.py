"""Whether enough disks take part: whether what they hold together cannot be missed by any later quorum.

A quorum of votes is not one of disks: a node votes while its daemon is down, a device votes without a disk, and of two
nodes that are cut apart both have quorum. A change that is made while too few disks take part, or know of the term, is
not acknowledged, and its copy gives way to all others of the term that it was changed in before.
"""

from __future__ import annotations

from standfast import cib
from standfast.controller import properties
from standfast.controller.replica import Replica
from standfast.messaging import Quorum


def take_quorum(replica: Replica, seen: Quorum, nodes: int) -> None:
    """Take note of quorum in a membership of so many nodes."""
    replica.quorate = seen.quorate
    replica.two_node = seen.two_node
    # Where votes come without disks, a cold start waits for every member that its copy names.
    replica.needed_disks = 1 if seen.two_node or seen.total_votes > nodes else seen.needed_votes
    replica.carried = is_carried(replica)


def is_carried(replica: Replica) -> bool:
    """Return whether enough disks take part. Of two nodes none is enough before it has fenced the other one, whose
    disk may not know of it: that one would go on by itself."""
    if not replica.quorate or len(replica.members) < replica.needed_disks:
        return False
    return not (replica.two_node and replica.departed and properties.read(replica.document).fencing_enabled)


def settle(replica: Replica, term: int = 0) -> None:
    """Raise the term where enough disks come together: what is changed from here on wins over all other copies."""
    replica.term = max(term, replica.term)
    if replica.quorate:
        # Who is lost and not fenced may go on by itself: a copy that did not name it would start cold without it.
        replica.voters = tuple(sorted({*replica.names(), *replica.departed}))
    if replica.carried:
        _raise_term(replica)


def fenced(replica: Replica, name: str) -> None:
    """Take note that a lost node was fenced: it does not go on by itself.

    What it has on its disk counts still where our own state comes from no quorum (a view without one may fence under
    no-quorum-policy=ignore).
    """
    if not replica.established:
        return
    replica.voters = tuple(voter for voter in replica.voters if voter != name)
    before, replica.carried = replica.carried, is_carried(replica)
    if replica.carried and not before:
        _raise_term(replica)


def changed(replica: Replica, before: cib.Version) -> None:
    """Take note of a change of the configuration, which had this version before."""
    replica.changes += 1
    if is_known(replica):
        replica.change_term = replica.term
    elif not replica.forced:
        replica.forced, replica.base = True, (before.admin_epoch, before.epoch)


def heard(replica: Replica, member: int) -> bool:
    """Note that a member's disk knows of the term; return whether that makes changes count that did not yet.

    What is changed in a term counts once enough disks know of the term: so that no later quorum takes the same one, or
    a lower one, and puts other changes beside it.
    """
    if member not in replica.knowing:
        replica.knowing.append(member)
    if not (replica.forced and is_known(replica)):
        return False
    replica.change_term, replica.forced = replica.term, False
    return True


def is_known(replica: Replica) -> bool:
    """Return whether enough disks know of the term."""
    known = sum(member in replica.knowing for member in replica.members)
    return replica.carried and known >= disks_needed(replica)


def _raise_term(replica: Replica) -> None:
    replica.term += 1
    replica.knowing = []


def disks_needed(replica: Replica) -> int:
    """Return on how many members' disks a change must be before it is acknowledged."""
    members = len(replica.members)
    if not replica.quorate:
        return members
    if not replica.carried:
        return members + 1
    return min(members, max(replica.needed_disks, members // 2 + 1))
