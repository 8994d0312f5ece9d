"""What the scheduler returns: assignments with reasons, scores, the transition graph."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from standfast.errors import Report
from standfast.transition import Graph


class Role(enum.StrEnum):
    """Roles of a resource instance, as Pacemaker 3 names them."""

    STOPPED = "Stopped"
    STARTED = "Started"
    UNPROMOTED = "Unpromoted"
    PROMOTED = "Promoted"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Contribution:
    """One part of a score: what it comes from (a constraint's id, `stickiness`, …), and how much."""

    source: str
    score: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node as a place for a resource: its score, the sum's parts, and why it cannot be used, if so."""

    node: str
    score: int
    contributions: tuple[Contribution, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where an instance goes: the node (none: it stops), its next role, every candidate, and what decided."""

    resource: str
    node: str | None
    role: Role
    candidates: tuple[Candidate, ...] = ()
    decided_by: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the transition summary: what is done to an instance, from where to where, and why."""

    resource: str
    action: str  # Start, Stop, Move, Restart, Recover, Promote, Demote, Migrate, Reload, Fence, Shutdown, Leave
    source: str = ""
    target: str = ""
    reason: str = ""
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node as the status section says it is, now."""

    id: str
    name: str
    online: bool
    unclean: bool = False
    pending: bool = False
    standby: bool = False
    standby_on_fail: bool = False
    maintenance: bool = False
    shutdown: bool = False
    is_dc: bool = False
    kind: str = "member"  # member, remote, guest
    health: str = "green"
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed operation of the history."""

    operation_key: str
    node: str
    exit_code: int
    status: str
    exit_reason: str
    call_id: int
    last_change_s: int = 0
    exec_ms: int = 0
    interval_ms: int = 0
    task: str = ""


@dataclass(frozen=True, slots=True)
class InstanceState:
    """A resource instance as the status section says it is, now.

    `parents`: the enclosing groups and clones as (kind, id), outermost first.
    """

    id: str
    agent: str
    role: Role
    nodes: tuple[str, ...]
    managed: bool = True
    failed: bool = False
    blocked: bool = False
    orphaned: bool = False
    maintenance: bool = False
    target_role: str = ""
    pending: str = ""
    fail_counts: Mapping[str, int] = field(default_factory=dict)
    parents: tuple[tuple[str, str], ...] = ()  # (kind, id)


@dataclass(frozen=True, slots=True)
class State:
    """The cluster as the CIB's status says it is: what status commands print and plans start from."""

    nodes: tuple[NodeState, ...] = ()
    instances: tuple[InstanceState, ...] = ()
    failures: tuple[Failure, ...] = ()
    quorate: bool = False
    dc: str = ""
    disabled_instances: int = 0
    blocked_instances: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that one run decided. `severity` is `normal`, `warning` or `error`: the series its input is kept in."""

    graph: Graph
    state: State
    assignments: tuple[Assignment, ...] = ()
    changes: tuple[Change, ...] = ()
    fencing: Mapping[str, str] = field(default_factory=dict)  # node -> reason
    reports: tuple[Report, ...] = ()
    severity: str = "normal"
    recheck_by_s: int | None = None
