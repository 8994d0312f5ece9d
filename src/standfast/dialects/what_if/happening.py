"""What an event does to a document: an operator's order as the tools give it, or the status as a DC would write it."""

from __future__ import annotations

from collections.abc import Callable

from standfast import cib, scheduler
from standfast.dialects.crm_simulate.known import Operation
from standfast.dialects.crm_simulate.model import Model
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
_LOST = {"in_ccm": "false", "crmd": "offline", "join": "down"}


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
            model.node(event.subject).fields.update(_LOST)
        case "leave":
            model.node(event.subject).attributes["shutdown"] = str(now_s)
        case "return":
            model.node(event.subject).set(up=True)
            model.node(event.subject).attributes.update(_remembered(event.subject, first))
        case "fail":
            _fail(document, model, event.subject)
        case "quorum":
            model.quorum = "1" if event.subject == "back" else "0"
        case "grant" | "revoke":
            model.set_ticket(event.subject, "granted", "true" if event.verb == "grant" else "false")
    return model.written()


def _edits(event: Event, document: cib.Document, now_s: int) -> list[cib.Edit] | None:
    """Return an order's edits; None if the event is no order."""
    if event.verb in _ORDERS:
        return _ORDERS[event.verb](document, event.subject)
    if event.verb == "move":
        return cib.orders.move(document, event.subject, event.node, now_s)
    return cib.orders.ban_from(document, event.subject, event.node, now_s) if event.verb == "ban" else None


def _remembered(node: str, first: cib.Document) -> dict[str, str]:
    """Return the transient attributes that a node had (promotion scores, what is pinged), but for its failures."""
    state = next((state for state in cib.nodes.states(first) if state.uname == node), None)
    return {
        name: value
        for name, value in (state.attributes.items() if state is not None else ())
        if not name.startswith(("fail-count-", "last-failure-")) and name != "shutdown"
    }


def _fail(document: cib.Document, model: Model, resource: str) -> None:
    """Let a resource's monitor say, where it runs, that it does not. Raises: RequestError if it runs nowhere."""
    state = scheduler.state(document, model.now_s)
    inside = [i for i in state.instances if resource in (i.id, i.id.partition(":")[0]) and i.nodes]
    if not inside:
        raise RequestError(f"{resource} runs nowhere, and cannot fail", Exit.UNSATISFIED)
    name, node = inside[0].id.partition(":")[0], inside[0].nodes[0]
    operation = Operation(name, "monitor", _monitored_ms(document, name), node, _NOT_RUNNING, 0, "what if")
    model.count_failure(operation, name, fatal=False)
    standard, _, rest = inside[0].agent.partition(":")
    provider, _, kind = rest.rpartition(":")
    model.record(operation, name, (standard, provider, kind))


def _monitored_ms(document: cib.Document, resource: str) -> int:
    """Return the interval of a resource's monitor in ms; 10 s if it has none."""
    found = cib.resources.index(cib.resources.tree(document)).get(resource)
    for operation in found.element.iterfind("operations/op") if found is not None else ():
        interval_ms = cib.times.interval_ms(operation.get("interval", "0"))
        if operation.get("name") == "monitor" and interval_ms:
            return interval_ms
    return 10_000
