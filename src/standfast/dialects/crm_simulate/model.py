"""A model of the cluster: plain values that events and actions are applied to, as if they had happened."""

from __future__ import annotations

from collections.abc import Mapping

from standfast import cib
from standfast.dialects.crm_simulate import sheet
from standfast.dialects.crm_simulate.known import Node, Operation

Agent = tuple[str, str, str]
"""An agent's standard, provider and type."""


class Model:
    """What a document says of nodes and tickets: each node is read when it is first asked for.

    `now_s` is the time at which operations are recorded to have run. `quorum` and `watchdog` are what they become, or
    None. The document is not changed: `written` returns the one after.
    """

    def __init__(self, document: cib.Document, now_s: int) -> None:
        self.now_s = now_s
        self.quorum: str | None = None
        self.watchdog: str | None = None
        self.tickets = sheet.read_tickets(document)
        self._document = document
        self._states = sheet.read_states(document)
        self._count = len(self._states)
        self._by_name: dict[str, int] = {}
        self._by_id: dict[str, int] = {}
        for place, state in enumerate(self._states):
            self._by_name.setdefault(state.get("uname", ""), place)
            self._by_id.setdefault(state.get("id", ""), place)
        self._nodes: dict[int, Node] = {}
        self._configured = sheet.read_configured(document)
        self._added: list[str] = []

    def node(self, name: str, node_id: str | None = None) -> Node:
        """Return what is known of a node, which is made if need be. `node_id`: if it is not the configured one."""
        place = self._place(name, node_id)
        if place not in self._nodes:
            self._nodes[place] = sheet.read_node(self._states[place])
        self._nodes[place].fields["uname"] = name
        return self._nodes[place]

    def _place(self, name: str, node_id: str | None = None) -> int:
        node_id = node_id or self._configured.get(name) or name
        place = self._by_name.get(name, self._by_id.get(node_id))
        if place is None:
            place, self._count = self._count, self._count + 1
            self._nodes[place] = Node({"id": node_id, "uname": name})
            self._by_id[node_id] = place
        self._by_name[name] = place
        return place

    def path(self, name: str) -> str:
        """Return where a node's state is in the document, as an XPath."""
        place = self._place(name)
        return "/cib/status/node_state" + (f"[{place + 1}]" if self._count > 1 else "")

    def configure_node(self, name: str) -> None:
        """Let a node be configured, if it is not."""
        if name not in self._configured:
            self._configured[name] = name
            self._added.append(name)

    def set_ticket(self, name: str, attribute: str, value: str) -> None:
        """Set an attribute of a ticket's state."""
        self.tickets.setdefault(name, {"id": name})[attribute] = value

    def record(self, operation: Operation, name: str, agent: Agent) -> None:
        """Record an operation's result; its resource is known under this name, too."""
        history = self.node(operation.node).histories.of(name, operation.resource_id, agent)
        history.record(operation, self.now_s)

    def count_failure(self, operation: Operation, name: str, fatal: bool) -> Mapping[str, str]:
        """Count one more failure of the resource of this name; return the transient attributes that are set for it."""
        return self.node(operation.node).count_failure(operation, name, fatal, self.now_s)

    def written(self) -> cib.Document:
        """Return the document after all that was done."""
        document = self._document.copy()
        if self.quorum is not None:
            document.root.set("have-quorum", self.quorum)
        if self.watchdog is not None:
            sheet.write_option(document, "have-watchdog", self.watchdog)
        sheet.write_configured(document, self._added)
        sheet.write_nodes(document, self._nodes)
        sheet.write_tickets(document, self.tickets.values())
        return document
