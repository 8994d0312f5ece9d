"""Clients' requests: turned into messages, and answered when these have come back and did what they should."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from standfast import cib, fencing
from standfast.cib import orders as cib_orders
from standfast.cib.edits import Edit
from standfast.controller import configuration, histories, node_ids, pretended
from standfast.controller.acknowledgement import Acknowledgement
from standfast.controller.applied import Applied
from standfast.controller.attributes import SHUTDOWN
from standfast.controller.events import Reply, Request, ToFencing
from standfast.controller.messages import (
    AtRest,
    ChangeAttribute,
    ChangeEdits,
    Fenced,
    Forget,
    Message,
    Origin,
    Poke,
    Restart,
    StartAnyway,
)
from standfast.controller.replica import Replica
from standfast.controller.requests import (
    ChangeConfiguration,
    Lifetime,
    NodeOrder,
    NodeTask,
    Recheck,
    ResourceOrder,
    ResourceTask,
    StartWithout,
    StopNode,
    UpdateAttribute,
    WaitForRest,
)
from standfast.controller.station import Phase, Station
from standfast.controller.waiting import Waiting
from standfast.errors import Exit, RequestError

UNKNOWN = "this node joins the cluster anew: whether it was done is not known"


class Asking:
    """Who asked for what. Invariant: each request is answered once."""

    def __init__(self, station: Station, acknowledgement: Acknowledgement) -> None:
        self._station = station
        self._acknowledgement = acknowledgement
        self._asked: dict[int, object] = {}  # request -> its body, until its message is delivered
        self.waiting = Waiting(station)

    def ask(self, event: Request) -> None:
        """Take a request."""
        try:
            self._take(event)
        except RequestError as e:
            self._refuse(event.id, e)

    def delivered(self, message: Message, applied: Applied) -> None:
        """Answer a request whose message stands in the order now, or wait on for what it asked."""
        origin: Origin | None = getattr(message, "origin", None)
        station, state = self._station, self._station.replica
        if origin is None or (origin.node, origin.life) != (station.node.id, station.incarnation.life):
            return
        body = self._asked.pop(origin.request, None)
        if body is None or state is None:
            return
        if applied.refused is not None:
            self._refuse(origin.request, applied.refused)
        elif applied.configuration:
            self._acknowledgement.wait(origin.request, state.changes, applied.result)
        elif isinstance(message, Restart):
            self.waiting.for_restart(origin.request, applied.result, state.applied)
        elif isinstance(body, WaitForRest):
            self.waiting.for_rest(origin.request, state.applied, body.timeout_ms)
        else:
            station.emit(Reply(origin.request, applied.result))

    def lost(self) -> None:
        """Answer everybody: what was asked may be done or not."""
        for request in sorted(self._asked):
            self._refuse(request, RequestError(UNKNOWN, Exit.TRY_AGAIN))
        self._asked.clear()
        self._acknowledgement.give_up(UNKNOWN, Exit.TRY_AGAIN)
        self.waiting.give_up(UNKNOWN)

    def rested(self, message: AtRest) -> None:
        """Take note that the DC rests, or acts."""
        self.waiting.rested(message)

    def fenced(self, message: Fenced) -> None:
        """Take note of a receipt."""
        self.waiting.fenced(message)

    # --- inside

    def _take(self, event: Request) -> None:
        station, body = self._station, event.body
        if isinstance(body, StartWithout):
            if station.phase is not Phase.WAITING:
                raise RequestError("no cold start is waiting for a node", Exit.UNSATISFIED)
            self._send(event, StartAnyway(body.nodes, self._origin(event)))
            return
        state = station.settled
        if state is None:
            raise RequestError("this node has not joined the cluster", Exit.TRY_AGAIN)
        handlers: dict[type, Callable[[Request, Any, Replica], None]] = {
            ChangeConfiguration: self._change,
            UpdateAttribute: self._attribute,
            ResourceOrder: self._resource,
            NodeOrder: self._node,
            StopNode: self._stop_node,
            WaitForRest: self._poke,
            Recheck: self._poke,
        }
        handlers[type(body)](event, body, state)

    def _change(self, event: Request, body: ChangeConfiguration, state: Replica) -> None:
        based_on = None if body.based_on is None else (body.based_on.admin_epoch, body.based_on.epoch)
        message = ChangeEdits(
            tuple(body.edits), self._station.now.wall_s, user=event.user, client=event.client, force=body.force,
            based_on=based_on, origin=self._origin(event),
        )  # fmt: skip
        if body.dry_run:
            new = configuration.make(state, message, dry_run=True)
            self._station.emit(Reply(event.id, {"version": str(new)}))
            return
        if not state.quorate and not body.force:
            raise RequestError("no quorum: the configuration is not changed", Exit.QUORUM)
        self._send(event, message)

    def _edit(self, event: Request, edits: list[Edit], *, force: bool = False) -> None:
        state = self._station.settled
        assert state is not None
        if edits:
            self._change(event, ChangeConfiguration(tuple(edits), force), state)
        else:
            self._station.emit(Reply(event.id, {"version": str(state.document.version)}))

    def _attribute(self, event: Request, body: UpdateAttribute, state: Replica) -> None:
        permanent = body.lifetime is Lifetime.FOREVER
        if permanent and not state.quorate:
            raise RequestError("no quorum: the configuration is not changed", Exit.QUORUM)
        message = ChangeAttribute(
            body.node, body.name, body.value, self._station.now.wall_s, private=body.lifetime is Lifetime.PRIVATE,
            permanent=permanent, dampening_ms=body.dampening_ms, origin=self._origin(event),
        )  # fmt: skip
        self._send(event, message)

    def _resource(self, event: Request, body: ResourceOrder, state: Replica) -> None:
        task, wall_s = body.task, self._station.now.wall_s
        if task is ResourceTask.RESTART:
            self._send(event, Restart(body.resource, body.node, wall_s, self._origin(event)))
        elif task in (ResourceTask.CLEANUP, ResourceTask.REFRESH):
            failures_only = task is ResourceTask.CLEANUP and not body.force
            origin = self._origin(event)
            self._send(event, Forget(body.resource, body.node, wall_s, failures_only=failures_only, origin=origin))
        elif task is ResourceTask.FAIL:
            self._send(event, pretended.failure(state, body.resource, body.node, wall_s, self._origin(event)))
        else:
            self._edit(event, _resource_edits(state, body, wall_s), force=body.force)

    def _node(self, event: Request, body: NodeOrder, state: Replica) -> None:
        if not node_ids.is_known(state, body.node):
            raise RequestError(f"there is no node {body.node}", Exit.NO_SUCH)
        if body.task in (NodeTask.FENCE, NodeTask.CONFIRM):
            self._fence(event, body, state)
        elif body.task in (NodeTask.STANDBY, NodeTask.ONLINE) and body.value == Lifetime.REBOOT:
            value = "on" if body.task is NodeTask.STANDBY else None
            self._attribute(event, UpdateAttribute(body.node, "standby", value), state)
        else:
            self._edit(event, _node_edits(state, body), force=body.force)

    def _fence(self, event: Request, body: NodeOrder, state: Replica) -> None:
        station, last = self._station, state.incarnations.get(body.node)
        life = "" if last is None else str(last)
        if body.task is NodeTask.CONFIRM:
            if state.member(body.node) is not None:
                raise RequestError(f"{body.node} takes part in the cluster: it is not off", Exit.UNSATISFIED)
            self.waiting.for_fencing(event.id, body.node, "")
            station.emit(ToFencing(fencing.Confirm(body.node, life, event.user)))
            return
        if not station.may_fence and not body.force:
            raise RequestError("no quorum: nobody is fenced", Exit.QUORUM)
        request = f"client:{station.node.id}:{station.incarnation.life}:{event.id}"
        action = body.value or station.properties.fencing_action
        self.waiting.for_fencing(event.id, body.node, request)
        station.emit(ToFencing(fencing.Fence(request, body.node, action, life, client=event.user)))

    def _stop_node(self, event: Request, body: StopNode, state: Replica) -> None:
        value = None if body.cancel else str(self._station.now.wall_s)
        message = ChangeAttribute(body.node, SHUTDOWN, value, self._station.now.wall_s, origin=self._origin(event))
        self._send(event, message)

    def _poke(self, event: Request, body: object, state: Replica) -> None:
        self._send(event, Poke(self._origin(event)))

    def _origin(self, event: Request) -> Origin:
        return Origin(self._station.node.id, self._station.incarnation.life, event.id)

    def _send(self, event: Request, message: Message) -> None:
        self._asked[event.id] = event.body
        self._station.send(message)

    def _refuse(self, request: int, error: RequestError) -> None:
        self._station.emit(Reply(request, error=str(error), exit_status=int(error.exit_status), reports=error.reports))


def _resource_edits(state: Replica, body: ResourceOrder, now_s: int) -> list[Edit]:
    document, resource, promoted = state.document, body.resource, body.value == "promoted"
    plain: dict[ResourceTask, Callable[[cib.Document, str], list[Edit]]] = {
        ResourceTask.START: cib_orders.start,
        ResourceTask.STOP: cib_orders.stop,
        ResourceTask.PROMOTE: cib_orders.promote,
        ResourceTask.DEMOTE: cib_orders.demote,
        ResourceTask.MANAGE: cib_orders.manage,
        ResourceTask.UNMANAGE: cib_orders.unmanage,
    }
    if body.task in plain:
        return plain[body.task](document, resource)
    if body.task is ResourceTask.MAINTENANCE:
        return cib_orders.set_maintenance(document, resource, body.value != "off")
    if body.task is ResourceTask.CLEAR:
        return cib_orders.clear(document, resource, body.node)
    here = histories.active_on(state, resource)
    if body.task is ResourceTask.MOVE and body.node:
        ban = tuple(n for n in here if n != body.node) if body.force else ()
        return cib_orders.move(
            document, resource, body.node, now_s, ban=ban, lifetime=body.lifetime, promoted=promoted
        )  # fmt: skip
    nodes = (body.node,) if body.node else here
    if len(nodes) != 1:
        text = f"{resource} runs on {', '.join(nodes) or 'no node'}: name the node that it is to leave"
        raise RequestError(text, Exit.USAGE)
    return cib_orders.ban_from(document, resource, nodes[0], now_s, lifetime=body.lifetime, promoted=promoted)


def _node_edits(state: Replica, body: NodeOrder) -> list[Edit]:
    document, node = state.document, body.node
    if body.task is NodeTask.DELETE:
        if state.member(node) is not None:
            raise RequestError(f"{node} takes part in the cluster: stop it first", Exit.UNSATISFIED)
        if node in state.departed and not body.force:
            raise RequestError(f"{node} is unclean, resources may run there: fence it first", Exit.UNSATISFIED)
        node_id = node_ids.node_id(state, node)
        return [
            Edit("delete", xpath=f"/cib/configuration/nodes/node[@id='{node_id}']"),
            Edit("delete", xpath=f"/cib/status/node_state[@id='{node_id}']"),
        ]
    plain: dict[NodeTask, Callable[[cib.Document, str], list[Edit]]] = {
        NodeTask.STANDBY: cib_orders.standby,
        NodeTask.ONLINE: cib_orders.online,
        NodeTask.MAINTENANCE: cib_orders.maintenance,
        NodeTask.READY: cib_orders.ready,
    }
    return plain[body.task](document, node)
