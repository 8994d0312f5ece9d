"""A model of the cluster: a document that actions are applied to, as if they had been executed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from standfast import cib, scheduler, transition
from standfast.dialects.crm_simulate import entries

_ORIGIN = "crm_simulate"
_UUID = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
_UP = {"in_ccm": "true", "crmd": "online", "join": "member", "expected": "member"}
_DOWN = {"in_ccm": "false", "crmd": "offline", "join": "down", "expected": "down"}


@dataclass(slots=True)
class Result:
    """What an operation ended with. `target_rc`: what was expected."""

    rc: int
    target_rc: int
    reason: str = ""


class Model:
    """Owns a copy of a document. `now_s` is the time at which operations are recorded to have run."""

    def __init__(self, document: cib.Document, now_s: int) -> None:
        self.document = document.copy()
        self.now_s = now_s
        # what nodes hold, by its holder and the resource's id: each is read once, not once an action
        self._histories: dict[etree._Element, dict[str | None, list[etree._Element]]] = {}

    @property
    def status(self) -> etree._Element:
        """Return the status section, made if need be."""
        section = self.document.root.find("status")
        return etree.SubElement(self.document.root, "status") if section is None else section

    def node_state(self, name: str, node_id: str | None = None) -> etree._Element:
        """Return a node's state, made if need be."""
        states = list(self.status.iterchildren("node_state"))
        for state in states:
            if state.get("uname") == name:
                return state
        node_id = node_id or self._configured_id(name) or name
        for state in states:
            if state.get("id") == node_id:
                state.set("uname", name)
                return state
        return etree.SubElement(self.status, "node_state", {"id": node_id, "uname": name})

    def _configured_id(self, name: str) -> str | None:
        for node in self.document.root.iterfind("configuration/nodes/node"):
            if node.get("uname") == name:
                return node.get("id")
        return None

    def configure_node(self, name: str) -> None:
        """Let a node be configured, if it is not."""
        if self._configured_id(name) is None:
            etree.SubElement(self.document.section("nodes"), "node", {"id": name, "uname": name})

    def set_node(self, name: str, *, up: bool) -> etree._Element:
        """Let a node be up, or cleanly down."""
        state = self.node_state(name)
        for attribute, value in (_UP if up else _DOWN).items():
            state.set(attribute, value)
        return state

    def take_down(self, name: str) -> None:
        """Let a node be cleanly down, with nothing known of what was on it."""
        state = self.set_node(name, up=False)
        for tag in ("lrm", "transient_attributes"):
            for child in state.findall(tag):
                state.remove(child)

    def set_attribute(self, name: str, attribute: str, value: str) -> None:
        """Set a node's transient attribute."""
        state = self.node_state(name)
        holder = _child(state, "transient_attributes", state.get("id") or name)
        block = _child(holder, "instance_attributes", state.get("id") or name)
        for pair in block.iterchildren("nvpair"):
            if pair.get("name") == attribute:
                pair.set("value", value)
                return
        pair_id = f"{state.get('id')}-{attribute}".replace("#", "-")
        etree.SubElement(block, "nvpair", {"id": pair_id, "name": attribute, "value": value})

    def history(
        self, state: etree._Element, name: str, config_name: str, agent: tuple[str, str, str]
    ) -> etree._Element:
        """Return a resource's history on a node, made if need be."""
        lrm = state.find("lrm")
        if lrm is None:
            lrm = etree.SubElement(state, "lrm", {"id": state.get("id") or ""})
        holder = lrm.find("lrm_resources")
        if holder is None:
            holder = etree.SubElement(lrm, "lrm_resources")
        known = self._known(holder)
        for wanted in (name, config_name):
            found = known.get(wanted, [])
            if len(found) == 1:  # of several, none is known to be the right one
                return found[0]
        standard, provider, kind = agent
        attributes = {"id": config_name, "class": standard, "provider": provider, "type": kind}
        made = etree.SubElement(holder, "lrm_resource", {k: v for k, v in attributes.items() if v})
        known.setdefault(config_name, []).append(made)
        return made

    def _known(self, holder: etree._Element) -> dict[str | None, list[etree._Element]]:
        """Return a node's histories by the resource's id."""
        known = self._histories.get(holder)
        if known is None:
            known = self._histories[holder] = {}
            for one in holder.iterchildren("lrm_resource"):
                known.setdefault(one.get("id"), []).append(one)
        return known

    def record(
        self,
        history: etree._Element,
        resource_id: str,
        task: str,
        interval_ms: int,
        node: str,
        result: Result,
        attributes: dict[str, str] | None = None,
    ) -> None:
        """Record an operation's result in a history."""
        call_id = 1 + max((cib.values.integer(op.get("call-id")) or 0 for op in history), default=0)
        if task in ("reload", "reload-agent"):
            task = "start"
        key = f"{resource_id}_{task}_{interval_ms}"
        transition_key = f"{call_id}:-1:{result.target_rc}:{_UUID}"
        for entry_id in _entry_ids(resource_id, task, interval_ms, key, result, attributes or {}):
            entry = _entry(history, entry_id)
            fields = {
                "operation_key": key,
                "operation": task,
                "crm-debug-origin": _ORIGIN,
                "crm_feature_set": cib.FEATURE_SET,
                "transition-key": transition_key,
                "transition-magic": f"0:{result.rc};{transition_key}",
                "exit-reason": result.reason if _failed(result) else "",
                "on_node": node,
                "call-id": str(call_id),
                "rc-code": str(result.rc),
                "op-status": "0",
                "interval": str(interval_ms),
                "last-rc-change": str(self.now_s),
                "exec-time": "0",
                "queue-time": "0",
            }
            if task in ("migrate_to", "migrate_from"):
                for end in ("migrate_source", "migrate_target"):
                    fields[end] = (attributes or {}).get(f"CRM_meta_{end}", "")
            if attributes is not None:
                fields["op-digest"] = scheduler.digest(attributes)
            for name, value in fields.items():
                entry.set(name, value)


def _failed(result: Result) -> bool:
    return result.rc != result.target_rc


def _entry_ids(
    resource_id: str, task: str, interval_ms: int, key: str, result: Result, attributes: dict[str, str]
) -> list[str]:
    """Return the ids under which a result is recorded: the last one-shot operation's is replaced by the next."""
    if task == "notify":
        kind, operation = (attributes.get(f"CRM_meta_notify_{part}", "") for part in ("type", "operation"))
        result.rc = 0
        return [f"{resource_id}_{kind}_notify_{operation}_0"]
    if task in ("migrate_to", "migrate_from"):
        return [key]
    if _failed(result):
        return [f"{resource_id}_last_failure_0"] + ([] if interval_ms else [f"{resource_id}_last_0"])
    return [key] if interval_ms else [f"{resource_id}_last_0"]


def _entry(history: etree._Element, entry_id: str) -> etree._Element:
    for entry in history.iterchildren("lrm_rsc_op"):
        if entry.get("id") == entry_id:
            return entry
    return etree.SubElement(history, "lrm_rsc_op", {"id": entry_id})


def _child(parent: etree._Element, tag: str, child_id: str) -> etree._Element:
    found = parent.find(tag)
    return etree.SubElement(parent, tag, {"id": child_id}) if found is None else found


@dataclass(slots=True)
class Execution:
    """A graph executed in a model: what was done, one by one, and whether it came to its end."""

    entries: list[entries.Entry] = field(default_factory=list)
    complete: bool = True
    aborted: bool = False

    @property
    def lines(self) -> list[str]:
        """Return what was done as text."""
        return [entry.text for entry in self.entries]


def execute(graph: transition.Graph, model: Model, resources: frozenset[str], failing: dict[str, int]) -> Execution:
    """Execute a graph in the model.

    `resources` are known ids; `failing` maps `key@node` to the exit code to fail with.
    """
    execution = Execution()
    succeeded: set[int] = set()
    ended: set[int] = set()
    waiting = list(graph.synapses)
    progress = True
    while progress and waiting:
        progress = False
        left = []
        for synapse in waiting:
            urgent = synapse.priority >= cib.INFINITY
            held = execution.aborted and not urgent and synapse.action.kind is not transition.Kind.PSEUDO
            if held or not synapse.inputs <= (ended if urgent else succeeded):
                left.append(synapse)
                continue
            progress = True
            ended.add(synapse.action.id)
            if _perform(synapse.action, model, resources, failing, execution):
                succeeded.add(synapse.action.id)
        waiting = left
    execution.complete = not waiting or execution.aborted
    return execution


def _perform(
    action: transition.Action, model: Model, resources: frozenset[str], failing: dict[str, int], execution: Execution
) -> bool:
    if action.kind is transition.Kind.PSEUDO:
        execution.entries.append(entries.pseudo(action))
        return True
    if action.operation == "stonith":
        how = action.attributes.get("CRM_meta_stonith_action", "")
        execution.entries.append(entries.fencing(action, how))
        if how.lower() != "on":
            model.take_down(action.on_node)
        return True
    if action.kind is transition.Kind.CLUSTER:
        execution.entries.append(entries.cluster(action))
        return True
    return _operate(action, model, resources, failing, execution)


def _operate(
    action: transition.Action, model: Model, resources: frozenset[str], failing: dict[str, int], execution: Execution
) -> bool:
    ref = action.resource
    assert ref is not None, "an rsc_op has a resource"
    name = ref.id if ref.id in resources or ref.long_id not in resources else ref.long_id
    interval = action.interval_ms if action.operation != "delete" else 0
    execution.entries.append(entries.resource(name, action, interval))
    if action.operation in ("delete", "meta-data"):
        return True
    node_id = action.on_node if action.router_node else action.on_node_uuid
    state = model.node_state(action.on_node, node_id)
    history = model.history(state, name, ref.id, (ref.standard, ref.provider, ref.type))
    result = Result(action.target_rc, action.target_rc)
    for one in dict.fromkeys((name, ref.id)):
        code = failing.get(f"{one}_{action.operation}_{interval}@{action.on_node}".lower())
        if code is not None:
            result = Result(code, action.target_rc, "User-injected result")
            execution.entries.append(entries.pretended(action, code))
            execution.aborted = True
            execution.entries += _count_failure(model, action, one, code)
            break
    model.record(history, ref.id, action.operation, interval, action.on_node, result, dict(action.attributes))
    return not _failed(result)


def _count_failure(model: Model, action: transition.Action, name: str, code: int) -> list[entries.Entry]:
    """Count a failure more, and return what was set for it."""
    fatal = action.operation in ("start", "stop")
    state = model.node_state(action.on_node)
    path, node_id = state.getroottree().getpath(state), state.get("id") or ""
    done = []
    for attribute, value in failure_attributes(
        model, action.on_node, name, action.operation, action.interval_ms, code, fatal
    ):
        model.set_attribute(action.on_node, attribute, value)
        done.append(entries.attribute(attribute, value, path, node_id))
    return done


def failure_attributes(
    model: Model, node: str, name: str, task: str, interval_ms: int, code: int, fatal: bool
) -> Iterator[tuple[str, str]]:
    """Yield the transient attributes that count one more failure."""
    if code == 0 or (code == 7 and interval_ms == 0):
        return
    suffix = f"{name}#{task}_{interval_ms}"
    state = model.node_state(node)
    counts = [
        pair.get("value")
        for pair in state.iterfind("transient_attributes/instance_attributes/nvpair")
        if pair.get("name") == f"fail-count-{suffix}"
    ]
    known = cib.values.integer(counts[0]) if counts else 0
    yield f"fail-count-{suffix}", "INFINITY" if fatal else str((known or 0) + 1)
    yield f"last-failure-{suffix}", str(model.now_s)
