"""What the scheduler returns: assignments with reasons, scores, the transition graph."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from standfast.errors import Report
from standfast.transition import Diagram, Graph


class Role(enum.StrEnum):
    """Roles of a resource instance, as Pacemaker 3 names them."""

    STOPPED = "Stopped"
    STARTED = "Started"
    UNPROMOTED = "Unpromoted"
    PROMOTED = "Promoted"
    UNKNOWN = "Unknown"


class Draw(enum.Enum):
    """What a diagram shows: nothing, what is done (and what should be but cannot), or also what need not be done."""

    NOTHING = 0
    TRANSITION = 1
    EVERYTHING = 2


class Contribution(msgspec.Struct, frozen=True):
    """One part of a score: what it comes from (a constraint's id, `stickiness`, …), and how much."""

    source: str
    score: int
    note: str = ""


class Candidate(msgspec.Struct, frozen=True):
    """A node as a place for a resource: its score, the sum's parts, and why it cannot be used, if so."""

    node: str
    score: int
    contributions: tuple[Contribution, ...] = ()
    refused: str = ""


class Assignment(msgspec.Struct, frozen=True):
    """Where an instance goes: the node (none: it stops), its next role, every candidate, and what decided."""

    resource: str
    node: str | None
    role: Role
    candidates: tuple[Candidate, ...] = ()
    decided_by: str = ""


class Promotion(msgspec.Struct, frozen=True):
    """Whether an instance of a promotable clone is promoted: its score for that where it is, the sum's parts, and why
    it is not."""

    resource: str
    node: str
    score: int
    contributions: tuple[Contribution, ...] = ()
    promoted: bool = False
    why_not: str = ""


class Change(msgspec.Struct, frozen=True):
    """One line of the transition summary: what is done to an instance or node, from where to where, and why.

    `detail` says how a node is fenced (`reboot`, `off`, `on`).
    """

    resource: str
    action: str  # Start, Stop, Move, Restart, Recover, Promote, Demote, Re-promote, Migrate, Reload, Fence, Shutdown
    source: str = ""
    target: str = ""
    reason: str = ""
    blocked: bool = False
    role: Role = Role.UNKNOWN
    next_role: Role = Role.UNKNOWN
    detail: str = ""


class ScoreLineKind(enum.Enum):
    """What a line of scores is about."""

    ALLOCATION = 0
    PROMOTION = 1
    UTILIZATION = 2
    CAPACITY = 3


class ScoreLine(msgspec.Struct, frozen=True):
    """One score as the assignment saw it, in the order of the assignment; `phase` says at which point."""

    kind: ScoreLineKind
    resource: str
    node: str
    value: str
    phase: str = ""


class NodeState(msgspec.Struct, frozen=True):
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
    host: str = ""  # of a guest: the resource that it runs in
    health: str = "green"
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)
    resources: tuple[str, ...] = ()  # instances that are active there


class Failure(msgspec.Struct, frozen=True):
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
    queue_ms: int = 0


class InstanceState(msgspec.Struct, frozen=True):
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
    fail_counts: Mapping[str, int] = msgspec.field(default_factory=dict)
    parents: tuple[tuple[str, str], ...] = ()  # (kind, id)


class ResourceState(msgspec.Struct, frozen=True):
    """A configured resource as the status section says it is, with all that is in it.

    `nodes` are where it is active, `current` is the one of them that counts; `active`: some of it runs, `whole`:
    all of it. `idle`: a clone's nodes without an instance, and what a probe there says against one.
    """

    kind: str  # primitive, group, clone, bundle
    id: str
    config_id: str
    agent: str = ""
    description: str = ""
    role: Role = Role.STOPPED
    nodes: tuple[str, ...] = ()
    current: str = ""
    active: bool = False
    whole: bool = False
    managed: bool = True
    maintenance: bool = False
    blocked: bool = False
    failed: bool = False
    failure_ignored: bool = False
    orphaned: bool = False
    unique: bool = True
    promotable: bool = False
    disabled: bool = False
    internal: bool = False  # made from another resource's configuration
    target_role: str = ""
    pending: str = ""
    pending_node: str = ""
    lock_node: str = ""
    probe_rc: int | None = None  # of a probe that says that the resource cannot run on its node
    history_id: str = ""  # its id in the history, where that differs
    clone_max: int = 0
    idle: Mapping[str, int | None] = msgspec.field(default_factory=dict)
    children: tuple[ResourceState, ...] = ()
    replicas: tuple[ReplicaState, ...] = ()
    image: str = ""

    @property
    def name(self) -> str:
        """Return the id that people read: without an instance number where instances are alike."""
        return self.id if self.unique else self.config_id


class ReplicaState(msgspec.Struct, frozen=True):
    """One replica of a bundle: its container, and the resources that come with it."""

    container: ResourceState
    ip: ResourceState | None = None
    remote: ResourceState | None = None
    child: ResourceState | None = None
    address: str = ""


class State(msgspec.Struct, frozen=True):
    """The cluster as the CIB's status says it is: what status commands print and plans start from."""

    nodes: tuple[NodeState, ...] = ()
    instances: tuple[InstanceState, ...] = ()
    failures: tuple[Failure, ...] = ()
    quorate: bool = False
    dc: str = ""
    counted_instances: int = 0
    disabled_instances: int = 0
    blocked_instances: int = 0
    resources: tuple[ResourceState, ...] = ()
    maintenance_mode: bool = False
    stop_all: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """All that one run decided. `severity` is `normal`, `warning` or `error`: the series its input is kept in."""

    graph: Graph
    state: State
    assignments: tuple[Assignment, ...] = ()
    changes: tuple[Change, ...] = ()
    fencing: Mapping[str, str] = msgspec.field(default_factory=dict)  # node -> reason
    reports: tuple[Report, ...] = ()
    severity: str = "normal"
    recheck_by_s: int | None = None
    scores: tuple[ScoreLine, ...] = ()
    notices: tuple[str, ...] = ()
    diagram: Diagram = Diagram()
    promotions: tuple[Promotion, ...] = ()
