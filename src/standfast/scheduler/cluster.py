"""The whole of one run's working data: what was unpacked, and what the phases add to it."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING

from standfast import cib
from standfast.scheduler.memory import Memory
from standfast.scheduler.options import QuorumPolicy
from standfast.scheduler.sorting import numeric_key

if TYPE_CHECKING:
    from lxml import etree

    from standfast.scheduler.actions import Action
    from standfast.scheduler.constraints import Colocation, Location, Order, Ticket
    from standfast.scheduler.history_entries import HistoryEntry
    from standfast.scheduler.methods import Methods
    from standfast.scheduler.options import Options
    from standfast.scheduler.outcome import Promotion, ScoreLine
    from standfast.scheduler.resource_history import ResourceHistory
    from standfast.scheduler.working import Kind, Node, Part, Resource


Agent = tuple[str | None, str | None, str | None]
"""Class, provider and type."""

NO_AGENT: Agent = (None, None, None)


class Cluster:
    """What one run knows. `document` is read, never changed."""

    def __init__(self, root: etree._Element, options: Options, now_s: int, *, quorate: bool) -> None:
        self.root = root
        self.options = options
        self.now_s = now_s
        self.quorate = quorate
        self.memory = Memory()
        self.explained = True  # whether anybody wants to know why
        self.sanitized = False  # whether secrets were taken out of the input
        self.methods: dict[Kind, Methods] = {}
        self._nodes_and_resources()
        self._decisions()

    def _nodes_and_resources(self) -> None:
        configuration = self.root.find("configuration")
        self.configuration = self.root if configuration is None else configuration
        self.rsc_defaults = self.configuration.find("rsc_defaults")
        self.op_defaults = self.configuration.find("op_defaults")
        self.status = self.root.find("status")
        self.have_fencing = self.options.have_watchdog
        self.enable_unfencing = self.have_remote_nodes = False
        self.nodes: list[Node] = []  # by name
        self.nodes_by_id: dict[str, Node] = {}  # ids in lower case
        self.nodes_by_name: dict[str, Node] = {}
        self.dc: Node | None = None
        self.resources: list[Resource] = []
        self.indexed = 0  # how many of the resources are in the next
        self.tops_by_name: dict[str, list[Resource]] = {}  # by the ids in them, without numbers
        self.by_id: dict[str, Resource] = {}  # of every resource, the first of an id
        self.guest_connections: list[etree._Element] = []  # elements made from what launches guests
        self.templates: dict[str, list[str]] = {}
        self.tags: dict[str, list[str]] = {}
        self.histories: dict[str, list[ResourceHistory]] = {}  # by the node's name
        self.outdated: set[HistoryEntry] = set()  # recurring ones whose failure expired: they are scheduled anew
        self.failures: list[tuple[HistoryEntry, str, str]] = []  # entry, node's name, resource's id
        self.stop_needed: list[Resource] = []
        self.caches: dict[str, dict[object, object]] = {}
        self._contexts: dict[tuple[Agent, str | None, int], cib.rules.Context] = {}

    def _decisions(self) -> None:
        self.tickets: dict[str, Ticket] = {}
        self.orders: list[Order] = []  # as they were made
        self.colocations: list[Colocation] = []
        self.locations: list[Location] = []
        self.deferred_checks: list[tuple[HistoryEntry, Resource, Node, bool]] = []
        self.actions: list[Action] = []  # the oldest first
        self.singletons: dict[str, Action] = {}
        self.next_action_id = 1
        self.recheck_by_s = 0
        self.changes: list[int] = []  # seconds when a rule's verdict changes
        self.score_lines: list[ScoreLine] = []
        self.promotions: dict[str, Promotion] = {}
        # assignments, by resource
        self.noted: dict[str, tuple[Resource, list[tuple[Node, int, Part | None]], str]] = {}
        self.notices: list[str] = []

    @property
    def no_quorum_policy(self) -> QuorumPolicy:
        """Return what is done without quorum."""
        return self.options.no_quorum_policy

    def add_node(self, node: Node) -> None:
        """Add a node in the order of names."""
        insort(self.nodes, node, key=lambda n: numeric_key(n.name))
        self.nodes_by_id.setdefault(node.id.lower(), node)
        self.nodes_by_name.setdefault(node.name.lower(), node)
        self.have_remote_nodes |= node.is_remote

    def node(self, name: str | None) -> Node | None:
        """Return the node of a name, in any case of letters."""
        return self.nodes_by_name.get(name.lower()) if name else None

    def node_of(self, node_id: str | None, name: str | None) -> Node | None:
        """Return the node of an id, else of a name."""
        node = self.nodes_by_id.get(node_id.lower()) if node_id else None
        return self.node(name) if node is None else node

    def context(self, agent: Agent = NO_AGENT, operation: str | None = None, interval_ms: int = 0) -> cib.rules.Context:
        """Return what rules are evaluated against where no node is known."""
        key = (agent, operation, interval_ms)
        known = self._contexts.get(key)
        if known is None:
            standard, provider, name = agent
            known = self._contexts[key] = cib.rules.Context(
                self.now_s,
                standard=standard,
                provider=provider,
                type=name,
                operation=operation,
                interval_ms=interval_ms,
            )
        return known

    def recheck(self, at_s: int) -> None:
        """Note that the result may differ at this second."""
        if at_s > self.now_s and (self.recheck_by_s == 0 or at_s < self.recheck_by_s):
            self.recheck_by_s = at_s

    def dissolve(self) -> None:
        """Take apart what holds one another: the garbage collector would need three times as long for it."""
        for action in self.actions:
            action.before.clear()
            action.after.clear()
        for resource in self.resources:
            resource.dissolve()
        for node in self.nodes:
            node.remote = None
            node.running.clear()
            node.assigned.clear()
        self.dc = None
        for held in (self.resources, self.nodes, self.actions, self.orders, self.colocations, self.locations,
                     self.stop_needed, self.deferred_checks):  # fmt: skip
            held.clear()
        for table in (self.by_id, self.tops_by_name, self.nodes_by_id, self.nodes_by_name, self.caches, self.noted,
                      self.singletons, self.tickets):  # fmt: skip
            table.clear()

    def cache(self, name: str) -> dict[object, object]:
        """Return a cache that lives as long as the run."""
        return self.caches.setdefault(name, {})

    def sets(
        self, owner: etree._Element | None, tag: str, context: cib.rules.Context, first: str = ""
    ) -> dict[str, str]:
        """Return the name-value pairs of an owner's sets, and note when rules change."""
        if owner is None:
            return {}
        found = cib.nvpairs.unpack(owner, tag, context, first=first, changes=self.changes)
        for at in self.changes:
            self.recheck(at)
        self.changes.clear()
        return found
