"""Small clusters in few words, and their plans as what tests ask of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from standfast import cib, scheduler, transition
from standfast.scheduler import digest
from standfast.scheduler import run as phases
from standfast.scheduler.cluster import Cluster

NOW_S = 1_700_000_000


def nvpairs(tag: str, owner: str, values: Mapping[str, object]) -> str:
    """Return a set of name-value pairs; of none, nothing."""
    prefix = f"{owner}-{tag}"
    pairs = "".join(f'<nvpair id="{prefix}-{n}" name="{n}" value="{v}"/>' for n, v in values.items())
    return f'<{tag} id="{prefix}">{pairs}</{tag}>' if pairs else ""


def primitive(
    name: str,
    *ops: str,
    agent: str = "ocf:pacemaker:Dummy",
    meta: Mapping[str, object] | None = None,
    **parameters: object,
) -> str:
    """Return a primitive. An operation is `monitor 10s on-fail=block role=Promoted`: task, interval, the rest."""
    standard, *provider, kind = agent.split(":")
    where = f' provider="{provider[0]}"' if provider else ""
    operations = "".join(_op(name, number, text) for number, text in enumerate(ops))
    return (
        f'<primitive id="{name}" class="{standard}"{where} type="{kind}">'
        f"{nvpairs('instance_attributes', name, parameters)}{nvpairs('meta_attributes', name, meta or {})}"
        f"<operations>{operations}</operations></primitive>"
    )


def _op(name: str, number: int, text: str) -> str:
    task, interval, *rest = text.split()
    more = "".join(f' {key}="{value}"' for key, value in (word.split("=", 1) for word in rest))
    return f'<op id="{name}-op{number}" name="{task}" interval="{interval}"{more}/>'


def group(name: str, *members: str, **meta: object) -> str:
    """Return a group; a member is a name, or XML."""
    return f'<group id="{name}">{nvpairs("meta_attributes", name, _dashed(meta))}{"".join(map(_xml, members))}</group>'


def clone(name: str, inner: str, **meta: object) -> str:
    """Return a clone of a primitive's name, or of XML."""
    return f'<clone id="{name}">{nvpairs("meta_attributes", name, _dashed(meta))}{_xml(inner)}</clone>'


def _xml(text: str) -> str:
    return text if text.startswith("<") else primitive(text)


def _dashed(values: Mapping[str, object]) -> dict[str, object]:
    return {name.replace("_", "-"): value for name, value in values.items()}


def colocation(one: str, other: str, score: object = "INFINITY", **more: str) -> str:
    """Return a colocation of one with another."""
    return _constraint("rsc_colocation", f"{one}-with-{other}", {"rsc": one, "with-rsc": other, "score": score} | more)


def order(first: str, then: str, kind: str = "Mandatory", **more: str) -> str:
    """Return an order of two resources."""
    return _constraint("rsc_order", f"{first}-then-{then}", {"first": first, "then": then, "kind": kind} | more)


def location(rsc: str, node: str, score: object = "INFINITY", **more: str) -> str:
    """Return a location for one node."""
    return _constraint("rsc_location", f"{rsc}-on-{node}", {"rsc": rsc, "node": node, "score": score} | more)


def _constraint(tag: str, name: str, fields: Mapping[str, object]) -> str:
    return f'<{tag} id="{name}"{"".join(f""" {k.replace("_", "-")}="{v}" """ for k, v in fields.items())}/>'


FENCING = primitive("fencing", agent="stonith:fence_lab")
UP = {"in_ccm": "true", "crmd": "online", "join": "member", "expected": "member"}
LOST = {"in_ccm": "false", "crmd": "offline", "join": "down", "expected": "member"}
JOINS = {**UP, "expected": "down"}
"""Parts of node states."""


def document(
    *resources: str,
    constraints: Iterable[str] = (),
    nodes: Iterable[str] = ("n1", "n2", "n3"),
    history: Mapping[str, Iterable[str]] | None = None,
    states: Mapping[str, Mapping[str, str]] | None = None,
    attributes: Mapping[str, Mapping[str, object]] | None = None,
    transient: Mapping[str, Mapping[str, object]] | None = None,
    tickets: str = "",
    more: str = "",
    quorate: bool = True,
    panic: bool = False,
    **options: object,
) -> cib.Document:
    """Return a cluster of Dummies (XML or names), without fencing unless there is a device.

    `history`: by node, texts `a start 0` or `a monitor 7 10s`: id, task, exit code, interval.
    """
    names = list(nodes)
    defaults = {} if FENCING in resources else {"stonith-enabled": "false"}
    options = defaults | _dashed(options)
    configured = "".join(
        f'<node id="{n}" uname="{name}">{nvpairs("instance_attributes", name, (attributes or {}).get(name, {}))}</node>'
        for n, name in enumerate(names, 1)
    )
    reported = "".join(
        _state(n, name, (states or {}).get(name, UP), (transient or {}).get(name, {}), (history or {}).get(name, ()))
        for n, name in enumerate(names, 1)
    )
    return cib.Document.parse(
        f'<cib crm_feature_set="{cib.FEATURE_SET}" epoch="1" num_updates="0" admin_epoch="0" dc-uuid="1" '
        f'have-quorum="{int(quorate)}" no-quorum-panic="{int(panic)}" '
        f'validate-with="{cib.SCHEMA}"><configuration><crm_config>'
        f"{nvpairs('cluster_property_set', cib.BOOTSTRAP_OPTIONS, options)}</crm_config><nodes>{configured}</nodes>"
        f"<resources>{''.join(map(_xml, resources))}</resources>"
        f"<constraints>{''.join(constraints)}</constraints>{more}</configuration>"
        f"<status>{reported}{tickets}</status></cib>"
    )


def _state(
    number: int, name: str, fields: Mapping[str, str], transient: Mapping[str, object], history: Iterable[str]
) -> str:
    by_resource: dict[str, list[str]] = {}
    for call, text in enumerate(history, 1):
        by_resource.setdefault(text.split()[0], []).append(_entry(text, call, name))
    histories = "".join(
        f'<lrm_resource id="{rsc}" class="ocf" provider="pacemaker" type="Dummy">{"".join(entries)}</lrm_resource>'
        for rsc, entries in by_resource.items()
    )
    known = "".join(f' {key}="{value}"' for key, value in fields.items())
    return (
        f'<node_state id="{number}" uname="{name}"{known}><lrm id="{number}"><lrm_resources>{histories}</lrm_resources>'
        f'</lrm><transient_attributes id="{number}">{nvpairs("instance_attributes", f"status-{name}", transient)}'
        f"</transient_attributes></node_state>"
    )


def _entry(text: str, call: int, node: str) -> str:
    rsc, task, rc, *rest = text.split()
    fields = dict(word.split("=", 1) for word in rest if "=" in word)
    interval = next((word for word in rest if "=" not in word), "0")
    interval_ms = cib.times.interval_ms(interval)
    expected = 7 if task == "monitor" and not interval_ms and rc == "7" else 0
    status = fields.pop("status", "-1" if rc == "193" else "0")
    last = "last_failure" if fields.pop("failed", "") else "last"
    own = interval_ms or task.startswith("migrate")
    kept = f"{rsc}_{task}_{interval_ms}" if own else f"{rsc}_{last}_0"
    more = "".join(f' {key}="{value}"' for key, value in fields.items())
    return (
        f'<lrm_rsc_op id="{kept}" operation="{task}" operation_key="{rsc}_{task}_{interval_ms}" '
        f'interval="{interval_ms}" call-id="{-1 if rc == "193" else call}" rc-code="{rc}" op-status="{status}" '
        f'transition-key="{call}:1:{expected}:x" transition-magic="{status}:{rc};{call}:1:{expected}:x" '
        f'on_node="{node}" last-rc-change="{NOW_S - 1000 + call}" op-digest="{_digest(interval_ms)}"{more}/>'
    )


def _digest(interval_ms: int) -> str:
    timed = {"CRM_meta_interval": str(interval_ms), "CRM_meta_timeout": "20000"}
    return digest(timed if interval_ms else {})


def key(action: transition.Action) -> str:
    """Return how tests name an action: `a_start_0 n1`."""
    name = action.operation_key or action.operation
    return f"{name} {action.on_node}".rstrip()


def _line(change: scheduler.Change) -> str:
    return " ".join(filter(None, (change.action, change.resource, change.source, change.target)))


@dataclass(frozen=True)
class Plan:
    """An outcome as tests ask for it."""

    outcome: scheduler.Outcome

    @property
    def changes(self) -> list[str]:
        """Return `Start a n1`, `Move a n1 n2`, …, without what is blocked."""
        return [_line(change) for change in self.outcome.changes if not change.blocked]

    @property
    def blocked(self) -> list[str]:
        """Return those of the changes that cannot be made."""
        return [_line(change) for change in self.outcome.changes if change.blocked]

    @property
    def keys(self) -> set[str]:
        """Return all actions of the graph."""
        return {key(action) for action in self.outcome.graph.actions()}

    @property
    def node(self) -> dict[str, str | None]:
        """Return the node of each instance."""
        return {one.resource: one.node for one in self.outcome.assignments}

    @property
    def role(self) -> dict[str, str]:
        """Return the role of each instance to come."""
        return {one.resource: one.role.value for one in self.outcome.assignments}

    def action(self, name: str) -> transition.Action:
        """Return the action of a key."""
        return next(action for action in self.outcome.graph.actions() if key(action) == name)

    def attributes(self, name: str) -> Mapping[str, str]:
        """Return an action's attributes."""
        return self.action(name).attributes

    def inputs(self, name: str) -> set[str]:
        """Return what an action waits for, itself."""
        found = {s.action.id: s for s in self.outcome.graph.synapses}
        return {key(found[number].action) for number in found[self.action(name).id].inputs}

    def precedes(self, first: str, then: str) -> bool:
        """Return whether one is before the other, directly or through others."""
        return any(one == first or self.precedes(first, one) for one in self.inputs(then))

    def candidate(self, resource: str, node: str) -> scheduler.Candidate:
        """Return what is said of a node as a place for an instance."""
        found = next(one for one in self.outcome.assignments if one.resource == resource)
        return next(one for one in found.candidates if one.node == node)


class Small:
    """All of the above, for tests."""

    now_s = NOW_S
    fencing = FENCING
    up, lost, joins = UP, LOST, JOINS
    document = staticmethod(document)
    primitive = staticmethod(primitive)
    group = staticmethod(group)
    clone = staticmethod(clone)
    colocation = staticmethod(colocation)
    order = staticmethod(order)
    location = staticmethod(location)
    nvpairs = staticmethod(nvpairs)

    @staticmethod
    def plan(*resources: str, now_s: int = NOW_S, **more: Any) -> Plan:
        """Return the plan for such a document."""
        return Plan(scheduler.schedule(document(*resources, **more), now_s))

    @staticmethod
    def of(found: cib.Document, now_s: int = NOW_S) -> Plan:
        """Return a document's plan."""
        return Plan(scheduler.schedule(found, now_s))

    @staticmethod
    def state(*resources: str, now_s: int = NOW_S, **more: Any) -> scheduler.State:
        """Return the state of such a document."""
        return scheduler.state(document(*resources, **more), now_s)

    @staticmethod
    def unpacked(*resources: str, now_s: int = NOW_S, **more: Any) -> Cluster:
        """Return the working data of such a document."""
        return phases.unpack(document(*resources, **more), now_s)


@pytest.fixture(scope="session")
def small() -> type[Small]:
    return Small
