"""How many operations a node runs at once: `node-action-limit`, or two for each of its CPUs, and at least eight.

Source: Pacemaker's `node-action-limit`; its `load-threshold` is not obeyed.
Deviates: it has no least number, so that on a small machine four slow starts hold up everything else.
"""

from __future__ import annotations

import sys

from standfast.controller.replica import Replica

PER_CPU = 2
LEAST = 8


def bound(state: Replica, node: str, limit: int) -> int:
    """Return how many operations may run on a node at once; `limit` is the property's word, 0 that it has none."""
    member = state.member(node)
    if limit or member is None or not member.cpus:
        return limit or sys.maxsize
    return max(LEAST, PER_CPU * member.cpus)
