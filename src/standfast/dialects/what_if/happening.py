"""What an event does to a document: an operator's order as the tools give it, or the status as a DC would write it."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from standfast import cib, scheduler
from standfast.dialects.crm_simulate.model import Model, Result, failure_attributes
from standfast.dialects.what_if.events import Event
from standfast.errors import Exit, RequestError

_Order = Callable[[cib.Document, str], list[cib.Edit]]
_ORDERS: dict[str, _Order] = {
    "standby": cib.orders.standby,
    "online": cib.orders.online,
    "maintenance": cib.orders.maintenance,
    "ready": cib.orders.ready,
    "stop": cib.orders.stop,
    "start": cib.orders.start,
    "promote": cib.orders.promote,
    "demote": cib.orders.demote,
    "clear": cib.orders.clear,
    "unmanage": cib.orders.unmanage,
    "manage": cib.orders.manage,
}
_NOT_RUNNING = 7


def apply(event: Event, document: cib.Document, now_s: int, first: cib.Document) -> cib.Document:
    """Return the document after an event. `first` is the one before all: a node that returns has its attributes again.

    Raises: RequestError if it cannot happen.
    """
    edits = _edits(event, document, now_s)
    if edits is not None:
        return cib.edits.apply(document, edits, now_s)
    model = Model(document, now_s)
    match event.verb:
        case "lose":
            model.node_state(event.subject)
            _set(model, event.subject, "false", "offline", "down")
        case "leave":
            model.set_attribute(event.subject, "shutdown", str(now_s))
        case "return":
            model.set_node(event.subject, up=True)
            _remember(model, event.subject, first)
        case "fail":
            _fail(model, event.subject, now_s)
        case "quorum":
            model.document.root.set("have-quorum", "1" if event.subject == "back" else "0")
        case "grant" | "revoke":
            _ticket(model, event.subject, "true" if event.verb == "grant" else "false")
    return model.document


def _edits(event: Event, document: cib.Document, now_s: int) -> list[cib.Edit] | None:
    """Return an order's edits; None if the event is no order."""
    if event.verb in _ORDERS:
        return _ORDERS[event.verb](document, event.subject)
    if event.verb == "move":
        return cib.orders.move(document, event.subject, event.node, now_s)
    return cib.orders.ban_from(document, event.subject, event.node, now_s) if event.verb == "ban" else None


def _set(model: Model, node: str, in_ccm: str, crmd: str, join: str) -> None:
    for name, value in (("in_ccm", in_ccm), ("crmd", crmd), ("join", join)):
        model.node_state(node).set(name, value)


def _remember(model: Model, node: str, first: cib.Document) -> None:
    """Give a node the transient attributes that it had (promotion scores, what is pinged), but for its failures."""
    path = f"status/node_state[@uname='{node}']/transient_attributes/instance_attributes/nvpair"
    for pair in first.root.iterfind(path):
        name, value = pair.get("name", ""), pair.get("value", "")
        if not name.startswith(("fail-count-", "last-failure-")) and name != "shutdown":
            model.set_attribute(node, name, value)


def _fail(model: Model, resource: str, now_s: int) -> None:
    """Let a resource's monitor say, where it runs, that it does not. Raises: RequestError if it runs nowhere."""
    state = scheduler.state(model.document, now_s)
    inside = [i for i in state.instances if resource in (i.id, i.id.partition(":")[0]) and i.nodes]
    if not inside:
        raise RequestError(f"{resource} runs nowhere, and cannot fail", Exit.UNSATISFIED)
    name, node = inside[0].id.partition(":")[0], inside[0].nodes[0]
    interval_ms = _monitored_ms(model.document, name)
    entry = model.node_state(node)
    for attribute, value in failure_attributes(model, node, name, "monitor", interval_ms, _NOT_RUNNING, False):
        model.set_attribute(node, attribute, value)
    standard, _, rest = inside[0].agent.partition(":")
    provider, _, kind = rest.rpartition(":")
    history = model.history(entry, name, name, (standard, provider, kind))
    model.record(history, name, "monitor", interval_ms, node, Result(_NOT_RUNNING, 0, "what if"))


def _monitored_ms(document: cib.Document, resource: str) -> int:
    """Return the interval of a resource's monitor in ms; 10 s if it has none."""
    found = cib.resources.index(cib.resources.tree(document)).get(resource)
    for operation in found.element.iterfind("operations/op") if found is not None else ():
        interval_ms = cib.times.interval_ms(operation.get("interval", "0"))
        if operation.get("name") == "monitor" and interval_ms:
            return interval_ms
    return 10_000


def _ticket(model: Model, name: str, granted: str) -> None:
    holder = model.status.find("tickets")
    if holder is None:
        holder = etree.SubElement(model.status, "tickets")
    state = next((s for s in holder.iterchildren("ticket_state") if s.get("id") == name), None)
    if state is None:
        state = etree.SubElement(holder, "ticket_state", {"id": name})
    state.set("granted", granted)
