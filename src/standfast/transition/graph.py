"""The transition graph as data: actions, the synapses that hold them, and what they wait for.

Source: Pacemaker's transition graph (the XML form is in `transition.xml`).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec


class Kind(enum.StrEnum):
    """What an action is, by the tag of its XML form."""

    RESOURCE = "rsc_op"
    CLUSTER = "crm_event"  # stonith, do_shutdown, clear_failcount, lrm_delete
    PSEUDO = "pseudo_event"


class ResourceRef(msgspec.Struct, frozen=True):
    """The resource an action is for, as the graph names it. `long_id` differs for instances of anonymous clones."""

    id: str
    standard: str
    type: str
    provider: str = ""
    long_id: str = ""


class Action(msgspec.Struct, frozen=True):
    """One action. `id` is its number in the graph (from 1); `attributes` are sorted by name.

    `attributes` hold the resource's parameters and, prefixed with `CRM_meta_`, meta attributes
    (`CRM_meta_timeout`, `CRM_meta_interval` in ms, …).
    """

    id: int
    kind: Kind
    operation: str
    operation_key: str = ""
    internal_operation_key: str = ""
    on_node: str = ""
    on_node_uuid: str = ""
    router_node: str = ""
    resource: ResourceRef | None = None
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)
    downed: tuple[str, ...] = ()
    maintenance: Mapping[str, bool] = msgspec.field(default_factory=dict)
    mode: str = ""
    reason: str = ""
    shutdown_lock_s: int = 0  # since when the resource is locked to this node; 0: it is not

    @property
    def timeout_ms(self) -> int:
        """Return the action's own time limit; 0 if it has none."""
        return int(self.attributes.get("CRM_meta_timeout", "0") or 0)

    @property
    def interval_ms(self) -> int:
        """Return 0 for a one-shot action, else the time between two runs."""
        return int(self.attributes.get("CRM_meta_interval", "0") or 0)

    @property
    def target_rc(self) -> int:
        """Return the exit code that makes the action a success (0 unless a probe or recurring monitor says more)."""
        return int(self.attributes.get("CRM_meta_op_target_rc", "0") or 0)


class Synapse(msgspec.Struct, frozen=True):
    """An action and the ids of the actions that must be complete before it starts."""

    id: int
    action: Action
    inputs: frozenset[int] = frozenset()
    priority: int = 0


class Graph(msgspec.Struct, frozen=True):
    """A whole transition. Invariant: every input is the id of an action of the graph, or of one in `missing`.

    What waits for an action in `missing` cannot be done: `possible` leaves it out.
    """

    synapses: tuple[Synapse, ...] = ()
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)
    batch_limit: int = 0
    cluster_delay_ms: int = 60000
    fencing_timeout_ms: int = 60000
    recheck_by_s: int | None = None
    missing: tuple[Action, ...] = ()

    def actions(self) -> tuple[Action, ...]:
        """Return the actions in the order of their synapses."""
        return tuple(s.action for s in self.synapses)
