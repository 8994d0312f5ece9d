"""The run's working data: nodes, places, resources. One run makes it, changes it phase by phase, and drops it."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import TYPE_CHECKING

from standfast.scheduler import roles
from standfast.scheduler.scores import INFINITY, add

if TYPE_CHECKING:
    from lxml import etree

    from standfast.scheduler.actions import Action
    from standfast.scheduler.bundle_parts import BundleParts
    from standfast.scheduler.cluster import Cluster
    from standfast.scheduler.constraints import Colocation, Location, TicketDependency
    from standfast.scheduler.methods import Methods
    from standfast.scheduler.notifications import Notification
    from standfast.scheduler.operations import Operation


class Part:
    """A part of a score: its source, what it adds, and the part before it. Parts are shared, and never changed."""

    __slots__ = ("before", "score", "source")

    def __init__(self, before: Part | None, source: str, score: int) -> None:
        self.before = before
        self.source = source
        self.score = score


class Probing(enum.IntEnum):
    """Whether a node is probed for a resource; of several locations the greatest counts."""

    ALWAYS = 0
    NEVER = 1
    EXCLUSIVE = 2


class Kind(enum.IntEnum):
    """What a resource is; collectives compare above what they hold."""

    PRIMITIVE = 1
    GROUP = 2
    CLONE = 3
    BUNDLE = 4


class MultipleActive(enum.Enum):
    """What is done about a resource that is active more often than it should be."""

    STOP_START = "stop_start"
    STOP_ONLY = "stop_only"
    BLOCK = "block"
    STOP_UNEXPECTED = "stop_unexpected"


class Node:
    """A node: a cluster member, or (with `is_remote`) one behind a connection resource."""

    __slots__ = (
        "assigned", "attributes", "digests", "expected_up", "fail_standby", "failures", "folded_name", "id",
        "is_remote", "maintenance", "name", "online", "own_part", "pending", "picked_of", "priority", "probes_allowed",
        "probing", "remote", "remote_fenced", "remote_maintenance", "remote_reset", "running", "score", "seen",
        "shutdown", "standby", "unclean", "unpacked", "utilization",
    )  # fmt: skip

    def __init__(self, node_id: str, name: str, *, is_remote: bool, score: int) -> None:
        self.id = node_id
        self.name = name
        self.folded_name = name.lower()
        self.is_remote = is_remote
        self.score = score
        self.own_part = Part(None, "node score", score)  # of every place that begins with the node's score
        self.attributes: dict[str, str] = {"#kind": "remote" if is_remote else "cluster"}
        self.failures: list[tuple[str, str]] = []  # of the attributes, those about failures
        self.picked_of = -1  # how many attributes there were when these were picked
        self.utilization: dict[str, str] = {}
        self.running: list[Resource] = []
        self.assigned: list[Resource] = []  # primitives, as they were assigned
        self.digests: dict[str, object] = {}
        self.remote: Resource | None = None
        self.priority = 0
        self.probes_allowed = True
        self.probing = Probing.ALWAYS  # for resources that nothing is said of
        self.online = self.pending = self.unclean = self.shutdown = self.maintenance = False
        self.standby = self.fail_standby = self.expected_up = False
        self.seen = self.unpacked = False
        self.remote_reset = self.remote_fenced = self.remote_maintenance = False

    @property
    def is_guest(self) -> bool:
        """Return whether the node is a guest or bundle node: what launches it is a resource too."""
        return self.is_remote and self.remote is not None and self.remote.launcher is not None

    @property
    def is_plain_remote(self) -> bool:
        """Return whether the node is remote and no guest."""
        return self.is_remote and (self.remote is None or self.remote.launcher is None)

    def host(self) -> Resource:
        """Return what launches this guest."""
        launcher = self.remote.launcher if self.remote is not None else None
        assert launcher is not None, f"{self.name} is no guest"
        return launcher


class Place:
    """A node as a place for one resource: its score there and what that is made of."""

    __slots__ = ("count", "node", "parts", "probing", "score")

    def __init__(self, node: Node, score: int, parts: Part | None = None, probing: Probing = Probing.ALWAYS) -> None:
        self.node = node
        self.score = score
        self.parts = parts
        self.probing = probing
        self.count = 0

    def copy(self) -> Place:
        """Return an independent copy."""
        other = Place(self.node, self.score, self.parts, self.probing)
        other.count = self.count
        return other

    def add(self, score: int, source: str) -> None:
        """Add a part to the score."""
        self.score = add(self.score, score)
        self.parts = Part(self.parts, source, score)

    def ban(self, source: str) -> None:
        """Make the score minus INFINITY."""
        if self.score > -INFINITY:
            self.score = -INFINITY
            self.parts = Part(self.parts, source, -INFINITY)


Table = dict[str, Place]
"""Places by the node's id."""


def copy_table(table: Table) -> Table:
    """Return an independent copy of a table of places."""
    return {key: place.copy() for key, place in table.items()}


class Resource:
    """A resource: a primitive, or a collective with its children."""

    __slots__ = (
        "actions", "active_nodes", "agent", "allowed", "assigned", "assigning", "blocked", "bundle", "by_uuid",
        "children", "clone_flags", "clone_max", "clone_node_max", "clone_number", "cluster", "colocated", "config_id",
        "critical", "dangling_sources", "element", "exclusive_probes", "fail_expiry_ms", "failed", "failure_ignored",
        "history_id", "id", "in_restart", "instance_element", "is_fence_device", "is_remote_connection", "kind",
        "launched", "launcher", "location_list", "lock_node", "lock_time_s", "maintenance", "managed", "meta",
        "methods", "migratable", "migration_threshold", "multiple_active", "needs_fencing", "needs_quorum",
        "needs_unfencing", "nesting_allowed", "next_role", "notifications", "notify", "operations", "ordered",
        "orig_role", "parameters", "parent", "partial_source", "partial_target", "pending_action", "pending_node",
        "priority", "probed", "promotable", "promoted_max", "promoted_node_max", "promotion_priority",
        "provisional", "reconnect_ms", "reload", "removed", "removed_launched", "replica_container", "start_pending",
        "stickiness", "stop_if_failed", "stop_unexpected", "this_with", "tickets", "total_clones", "unique",
        "updating_scores", "utilization", "with_this",
    )  # fmt: skip

    def __init__(self, kind: Kind, config_id: str, element: etree._Element, cluster: Cluster) -> None:
        self.kind = kind
        self.id = self.config_id = config_id
        self.element = element
        self.cluster = cluster
        self.methods: Methods
        self.parent: Resource | None = None
        self.children: list[Resource] = []
        self.agent = (element.get("class"), element.get("provider"), element.get("type"))
        self.operations: tuple[Operation, ...] = ()
        self.meta: dict[str, str] = {}
        self.utilization: dict[str, str] = {}
        self.parameters: dict[str, dict[str, str]] = {}  # by node name; "" is no node
        self._configuration_defaults()
        self._state_defaults()
        self._collective_defaults()

    def _configuration_defaults(self) -> None:
        self.priority = self.promotion_priority = 0
        self.stickiness = 0
        self.migration_threshold = INFINITY
        self.fail_expiry_ms = self.reconnect_ms = 0
        self.multiple_active = MultipleActive.STOP_START
        self.critical = self.managed = self.unique = True
        self.maintenance = self.notify = self.promotable = self.migratable = False
        self.is_fence_device = self.is_remote_connection = False
        self.needs_quorum = self.needs_fencing = self.needs_unfencing = False
        self.exclusive_probes = self.nesting_allowed = self.replica_container = False
        self.launcher: Resource | None = None
        self.launched: list[Resource] = []
        self.this_with: list[Colocation] = []
        self.with_this: list[Colocation] = []
        self.location_list: list[Location] = []
        self.tickets: list[TicketDependency] = []

    def _state_defaults(self) -> None:
        self.orig_role = roles.STOPPED
        self.next_role = roles.UNKNOWN
        self.active_nodes: list[Node] = []
        self.probed: dict[str, Node] = {}
        self.allowed: Table = {}
        self.assigned: Place | None = None
        self.provisional = True  # not assigned yet
        self.assigning = self.updating_scores = False
        self.failed = self.stop_if_failed = self.blocked = self.failure_ignored = False
        self.removed = self.removed_launched = False
        self.start_pending = self.stop_unexpected = self.in_restart = self.reload = False
        self.history_id: str | None = None
        self.lock_node: Node | None = None
        self.lock_time_s = 0
        self.pending_action = ""
        self.pending_node: Node | None = None
        self.partial_source: Node | None = None
        self.partial_target: Node | None = None
        self.dangling_sources: list[Node] = []
        self.actions: list[Action] = []  # the oldest first
        self.by_uuid: dict[str, list[Action]] = {}

    def _collective_defaults(self) -> None:
        self.ordered = False
        self.colocated = True
        self.clone_number: str | None = None
        self.clone_max = self.clone_node_max = self.promoted_max = self.promoted_node_max = 1
        self.total_clones = 0
        self.instance_element: etree._Element | None = None
        self.clone_flags: set[str] = set()
        self.notifications: dict[str, Notification] = {}
        self.bundle: BundleParts | None = None

    def __repr__(self) -> str:
        return f"<{self.kind.name.lower()} {self.id}>"

    @property
    def is_primitive(self) -> bool:
        """Return whether this is a primitive."""
        return self.kind is Kind.PRIMITIVE

    @property
    def assigned_node(self) -> Node | None:
        """Return the node that the resource was assigned to."""
        return self.assigned.node if self.assigned is not None else None

    def dissolve(self) -> None:
        """Let go of all that holds the resource too. It is of no use afterwards."""
        for child in self.children:
            child.dissolve()
        for held in (self.children, self.launched, self.actions, self.active_nodes, self.this_with, self.with_this,
                     self.location_list, self.tickets):  # fmt: skip
            held.clear()
        for table in (self.allowed, self.probed, self.by_uuid, self.notifications):
            table.clear()
        self.bundle = None

    def ancestors(self) -> Iterator[Resource]:
        """Yield the resource itself, its parent, and so on outwards."""
        resource: Resource | None = self
        while resource is not None:
            yield resource
            resource = resource.parent


def top(resource: Resource, *, with_bundle: bool = False) -> Resource:
    """Return the outermost resource around this one, below any bundle unless that is wanted."""
    while resource.parent is not None and (with_bundle or resource.parent.kind is not Kind.BUNDLE):
        resource = resource.parent
    return resource


def is_within(child: Resource, ancestor: Resource) -> bool:
    """Return whether the ancestor encloses the child."""
    return child is not ancestor and any(r is ancestor for r in child.ancestors())


def in_bundle(resource: Resource) -> bool:
    """Return whether a bundle encloses the resource."""
    return any(r.kind is Kind.BUNDLE for r in resource.ancestors() if r is not resource)


def is_anonymous_clone(resource: Resource | None) -> bool:
    """Return whether this is a clone whose instances are alike."""
    return resource is not None and resource.kind is Kind.CLONE and not resource.unique


def is_unique_clone(resource: Resource | None) -> bool:
    """Return whether this is a clone whose instances differ."""
    return resource is not None and resource.kind is Kind.CLONE and resource.unique


def printable_id(resource: Resource) -> str:
    """Return the id that people read: without an instance number where instances are alike."""
    return resource.id if resource.unique else resource.config_id
