"""The API's types: what goes over the wire as JSON. One schema for the daemon, the command and other callers.

Routes (`/v1`, over the daemon's Unix socket):

====== ================================== ============================ =========================================
method path                               body                         answer
====== ================================== ============================ =========================================
GET    /v1/status                                                      Status
GET    /v1/status.txt                                                  crm_mon's text
GET    /v1/status.xml                                                  crm_mon's XML
GET    /v1/cib?scope=&xpath=                                           XML of the document or a part of it
POST   /v1/cib                            ChangeRequest                ChangeAnswer
POST   /v1/plan                           PlanRequest                  Plan
POST   /v1/apply                          ApplyRequest                 ChangeAnswer
GET    /v1/explain/{resource}?node=                                    Explanation
GET    /v1/attributes?node=&name=&scope=                               list of Attribute
POST   /v1/attributes                     AttributeUpdate              ChangeAnswer
POST   /v1/resources/{id}/{order}         Order                        ChangeAnswer
POST   /v1/nodes/{name}/{order}           Order                        ChangeAnswer
GET    /v1/fencing                                                     FencingStatus
GET    /v1/events?since=&follow=                                       server-sent events, each an EventRecord
GET    /v1/metrics                                                     Metrics
POST   /v1/stop                           Order                        ChangeAnswer (the daemon ends cleanly)
====== ================================== ============================ =========================================

Orders of a resource: start, stop, restart, move, ban, clear, cleanup, refresh, manage, unmanage, maintenance,
promote, demote, enable (= start), disable (= stop). Orders of a node: standby, online, maintenance, ready, fence,
confirm (an operator says that it is off), cleanup.

An error has a status of 4xx or 5xx and an `ErrorAnswer`.
"""

from __future__ import annotations

import msgspec


class ReportRecord(msgspec.Struct, omit_defaults=True):
    """A report: code, severity, message, what was expected, where."""

    code: str
    message: str
    severity: str = "error"
    expected: str = ""
    file: str = ""
    line: int = 0
    column: int = 0


class ErrorAnswer(msgspec.Struct, omit_defaults=True):
    """Why a request was refused; `exit_status` is what a command ends with."""

    error: str
    exit_status: int = 1
    reports: list[ReportRecord] = []


class Edit(msgspec.Struct, omit_defaults=True):
    """One edit of the document, in cibadmin's words.

    `operation`: create, modify, replace, delete, patch (`xml` is a patchset). `scope` names a section (resources,
    constraints, nodes, crm_config, configuration, …), `xpath` an element; `xml` the new text of it.
    """

    operation: str
    xml: str = ""
    scope: str = ""
    xpath: str = ""
    allow_create: bool = False


class ChangeRequest(msgspec.Struct, omit_defaults=True):
    """Edits that are applied all or none. `force`: also without quorum. `based_on`: refuse if the configuration moved
    since (`admin_epoch.epoch`)."""

    edits: list[Edit]
    force: bool = False
    dry_run: bool = False
    based_on: str = ""


class ChangeAnswer(msgspec.Struct, omit_defaults=True):
    """The change is acknowledged: it was ordered, and a quorum of votes has it on disk."""

    version: str
    reports: list[ReportRecord] = []
    result: str = ""


class PlanRequest(msgspec.Struct, omit_defaults=True):
    """What if: edits on a copy, and things that happen to nodes and resources."""

    edits: list[Edit] = []
    node_down: list[str] = []
    node_up: list[str] = []
    node_fail: list[str] = []
    op_fail: list[str] = []
    quorum: str = ""


class PlannedAction(msgspec.Struct, omit_defaults=True):
    """One thing that would be done: Start, Stop, Move, Fence …, of what, where, why."""

    action: str
    resource: str
    source: str = ""
    target: str = ""
    reason: str = ""
    blocked: bool = False


class Plan(msgspec.Struct, omit_defaults=True):
    """What a change would do. `based_on` is the version it was computed from."""

    based_on: str
    difference: list[str] = []
    actions: list[PlannedAction] = []
    reports: list[ReportRecord] = []
    edits: list[Edit] = []


class ApplyRequest(msgspec.Struct):
    """Do what a plan said; refused (exit 110) if the state moved since `based_on`."""

    edits: list[Edit]
    based_on: str
    force: bool = False


class NodeRecord(msgspec.Struct, omit_defaults=True):
    """A node as clients see it."""

    name: str
    id: int
    online: bool
    state: str  # online, offline, pending, UNCLEAN (online), UNCLEAN (offline), standby, maintenance
    dc: bool = False
    standby: bool = False
    maintenance: bool = False
    unclean: bool = False
    daemon: bool = True
    kind: str = "member"
    attributes: dict[str, str] = {}


class ResourceRecord(msgspec.Struct, omit_defaults=True):
    """A resource instance as clients see it."""

    id: str
    agent: str
    role: str
    nodes: list[str] = []
    managed: bool = True
    failed: bool = False
    blocked: bool = False
    orphaned: bool = False
    pending: str = ""
    target_role: str = ""
    parents: list[tuple[str, str]] = []
    fail_counts: dict[str, int] = {}


class FailureRecord(msgspec.Struct, omit_defaults=True):
    """A failed operation."""

    operation: str
    node: str
    exit_code: int
    status: str
    reason: str = ""
    call_id: int = 0
    last_change_s: int = 0


class QuorumRecord(msgspec.Struct, omit_defaults=True):
    """What quorum this view has."""

    quorate: bool
    total_votes: int = 0
    expected_votes: int = 0
    needed_votes: int = 0
    two_node: bool = False
    wait_for_all: bool = False


class Status(msgspec.Struct, omit_defaults=True):
    """The cluster as the answering node sees it."""

    node: str
    cluster: str
    dc: str
    version: str
    term: int
    quorum: QuorumRecord
    nodes: list[NodeRecord]
    resources: list[ResourceRecord]
    failures: list[FailureRecord] = []
    transition: str = "idle"  # idle, running
    engine: str = ""
    maintenance: bool = False


class Part(msgspec.Struct, omit_defaults=True):
    """One named part of a score."""

    source: str
    score: int
    note: str = ""


class PlaceRecord(msgspec.Struct, omit_defaults=True):
    """A node as a place for the resource. `why_not`: why it is not there, and what would change that."""

    node: str
    score: int
    parts: list[Part] = []
    refused: str = ""
    why_not: str = ""


class PromotionRecord(msgspec.Struct, omit_defaults=True):
    """Whether an instance is promoted: its score for that, the parts that it is the sum of, and why it is not."""

    score: int
    parts: list[Part] = []
    why_not: str = ""


class InstanceExplanation(msgspec.Struct, omit_defaults=True):
    """Why an instance is where it is."""

    instance: str
    node: str
    role: str
    decided_by: str
    places: list[PlaceRecord] = []
    promotion: PromotionRecord | None = None


class Step(msgspec.Struct, omit_defaults=True):
    """One action of the transition: what is done where, why, and the numbers of the steps that it waits for.

    `own`: it is of the resource that is explained; the others are what its steps wait for.
    """

    number: int
    action: str
    node: str = ""
    why: str = ""
    waits_for: list[int] = []
    own: bool = True
    pseudo: bool = False


class Explanation(msgspec.Struct, omit_defaults=True):
    """Why a resource is where it is, what is being done about it, and what happened to it lately."""

    resource: str
    instances: list[InstanceExplanation] = []
    actions: list[PlannedAction] = []
    recent: list[EventRecord] = []
    steps: list[Step] = []


class Attribute(msgspec.Struct, omit_defaults=True):
    """A node attribute. `lifetime`: forever (in the configuration), reboot (in the status), private (in memory)."""

    node: str
    name: str
    value: str
    lifetime: str = "reboot"


class AttributeUpdate(msgspec.Struct, omit_defaults=True):
    """Set or (value null) remove an attribute. `value` may be `++`, `+=N`, `value++` as attrd has it.

    `dampening_ms`: None keeps the attribute's own.
    """

    node: str
    name: str
    value: str | None = None
    lifetime: str = "reboot"
    dampening_ms: int | None = None
    set_id: str = ""
    pattern: str = ""


class Order(msgspec.Struct, omit_defaults=True):
    """An operator's order; which fields count depends on it."""

    node: str = ""
    force: bool = False
    lifetime: str = ""
    operation: str = ""
    timeout_ms: int = 0
    action: str = ""
    wait: bool = False


class DeviceRecord(msgspec.Struct, omit_defaults=True):
    """A fencing device."""

    id: str
    agent: str
    targets: list[str] = []


class FencingRecord(msgspec.Struct, omit_defaults=True):
    """One fencing that ended, or is under way."""

    target: str
    action: str
    state: str  # pending, success, failed
    device: str = ""
    executed_by: str = ""
    client: str = ""
    reason: str = ""
    wall_s: int = 0


class FencingStatus(msgspec.Struct, omit_defaults=True):
    """Devices and history."""

    devices: list[DeviceRecord] = []
    history: list[FencingRecord] = []


class EventRecord(msgspec.Struct, omit_defaults=True):
    """Something that happened, numbered on this node from 1."""

    number: int
    wall_ms: int
    kind: str
    level: str
    message: str
    fields: dict[str, str] = {}


class HistogramRecord(msgspec.Struct, omit_defaults=True):
    """Durations in ms: how many are not over each bound (and over the one before); the last count is of all others."""

    bounds_ms: list[float]
    counts: list[int]
    sum_ms: float = 0
    maximum_ms: float = 0


class Metrics(msgspec.Struct, omit_defaults=True):
    """What a daemon measures of itself, since its start: the loop's lag in ms by quantile, counts, histograms.

    `own_lag_ms` and the histogram `own_lag` are without the time in which other processes had the processors.
    """

    loop_lag_ms: dict[str, float]
    counts: dict[str, int] = {}
    uptime_ms: int = 0
    own_lag_ms: dict[str, float] = {}
    histograms: dict[str, HistogramRecord] = {}
