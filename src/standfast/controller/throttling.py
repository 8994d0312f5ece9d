"""How many operations a node runs at once: `node-action-limit`, or two for each of its CPUs.

Source: Pacemaker's `node-action-limit`; its `load-threshold` is not obeyed.
"""

from __future__ import annotations

from collections.abc import Iterable

from standfast.controller.replica import Replica

PER_CPU = 2


def has_room(state: Replica, node: str, limit: int, in_air: Iterable[str]) -> bool:
    """Return whether one more operation may run on a node; `in_air` names the nodes of orders on their way."""
    member = state.member(node)
    bound = limit or (PER_CPU * member.cpus if member is not None else 0)
    if not bound:
        return True
    running = sum(order.runs_on == node and not order.cancel for order in state.pending.values())
    return running + sum(name == node for name in in_air) < bound
