"""What is delivered: applied to the state, and what follows from it on this node."""

from __future__ import annotations

from standfast import executor, fencing
from standfast.controller import messages, replication
from standfast.controller.applied import NOTHING, Applied
from standfast.controller.events import ToFencing
from standfast.controller.messages import (
    AtRest,
    ChangeAttribute,
    Exclude,
    Fenced,
    Fencing,
    Forget,
    Hello,
    Introduce,
    Mark,
    Message,
    Order,
    Ping,
    QuorumSeen,
    Results,
    ShutDown,
    SnapshotPart,
    StartAnyway,
    StoredUpTo,
)
from standfast.controller.parts import Parts
from standfast.controller.replica import Replica
from standfast.controller.station import Phase
from standfast.controller.views import Views
from standfast.errors import Exit, RemoteProtocolError, RequestError


class Deliveries:
    """Takes messages in their order. A joiner keeps what comes before its state has come, for afterwards."""

    def __init__(self, parts: Parts, views: Views) -> None:
        self._parts = parts
        self._views = views
        self._station = parts.station

    def deliver(self, sender: int, payload: bytes) -> None:
        """Take a message; a peer's malformed one is refused."""
        try:
            message = messages.decode(payload)
            if self._must_wait(message):
                self._parts.joining.queue.append((sender, payload))
            else:
                self._take(sender, message, payload)
        except RemoteProtocolError as e:
            self._station.say("refused", f"a message of node {sender} is refused: {e}", "warning", node=str(sender))

    def _must_wait(self, message: Message) -> bool:
        if self._station.phase is not Phase.RECEIVING or isinstance(message, SnapshotPart | Introduce | Ping):
            return False
        if isinstance(message, Exclude):
            return not (self._station.node.id in message.nodes or self._views.is_source(message.nodes))
        return True

    def _take(self, sender: int, message: Message, payload: bytes) -> None:
        match message:
            case Ping():
                if sender == self._station.node.id:
                    self._parts.silence.came_back()
                else:
                    self._parts.silence.answer(sender)
            case Hello():
                self._views.hello(sender, message)
            case Introduce():
                self._views.introduce(sender, message)
            case Exclude():
                self._views.exclude(sender, message)
            case SnapshotPart():
                if self._station.phase is Phase.RECEIVING:
                    self._receive(sender, message)
            case QuorumSeen():
                self._views.quorum_seen(message)
            case StartAnyway():
                self._start_anyway(message)
            case _:
                state = self._station.replica
                if state is not None:
                    self._with_state(state, sender, message, payload)

    def _receive(self, sender: int, part: SnapshotPart) -> None:
        state = self._views.snapshot(sender, part)
        if state is not None:
            waiting, self._parts.joining.queue = self._parts.joining.queue, []
            for earlier_sender, payload in waiting:
                self.deliver(earlier_sender, payload)

    def _start_anyway(self, message: StartAnyway) -> None:
        waited = self._views.start_anyway(message)
        refused = None if waited else RequestError("no cold start is waiting for a node", Exit.UNSATISFIED)
        self._parts.asking.delivered(message, Applied(refused=refused))

    def _with_state(self, state: Replica, sender: int, message: Message, payload: bytes) -> None:
        if replication.changes_state(message):
            self._apply(state, sender, message, payload)
        elif sender in state.members:
            match message:
                case StoredUpTo():
                    self._parts.acknowledgement.hear(sender, message)
                case Fencing():
                    name = state.members[sender].name
                    self._station.emit(ToFencing(fencing.Heard(name, message.payload)))
                case AtRest():
                    self._parts.asking.rested(message)

    def _apply(self, state: Replica, sender: int, message: Message, payload: bytes) -> None:
        members, term = frozenset(state.members), state.term
        applied = replication.apply(state, sender, message, payload)
        if applied.refused is not None:
            self._refused(sender, message, applied.refused)
        self._station.tell(applied.notes)
        if applied.configuration:
            self._views.configured()
            self._parts.acknowledgement.store()
        self._to_executor(applied)
        self._to_dc(sender, message, applied)
        if term != state.term:
            self._parts.acknowledgement.settled()
        if members != state.members.keys():
            self._views.changed(anew=False)
        self._parts.asking.delivered(message, applied)

    def _refused(self, sender: int, message: Message, refused: RequestError) -> None:
        level = "info" if getattr(message, "origin", None) is not None else "warning"
        self._station.say("refused", f"refused: {refused}", level, node=str(sender))

    def _to_executor(self, applied: Applied) -> None:
        """Hand our executor what is for it."""
        station, own = self._station, self._parts.own_history
        order = applied.ordered
        if order is not None and order.runs_on == station.node.name:
            own.ordered(order)
            operation = order.operation
            if order.cancel:
                station.execute(
                    executor.CancelRecurring(
                        operation.resource_id, operation.task, operation.interval_ms, operation.transition_key
                    )
                )
            else:
                station.execute(executor.Execute(operation))
        for node, resource in applied.forgotten:
            if node == station.node.name:
                own.forget(node, resource)
                station.execute(executor.Forget(resource))

    def _to_dc(self, sender: int, message: Message, applied: Applied) -> None:
        """Tell the DC's part, if it is ours, what the transition gets of it, and whether it must look again."""
        walking, mine = self._parts.walking, sender == self._station.node.id
        for recorded in applied.recorded:
            walking.recorded(recorded)
            self._parts.asking.waiting.recorded(recorded)
        match message:
            case Order():
                if mine:
                    walking.ordered(message, refused=applied.refused is not None)
            case Results():
                pass
            case Fenced():
                self._fenced(message, applied)
            case Forget() | Mark() if mine and message.key:
                walking.told(message.key)
            case ShutDown():
                self._shut_down(message, applied)
            case ChangeAttribute() if applied is NOTHING:
                walking.dampen(message.name)
            case _:
                if applied.reason:
                    walking.changed(applied.reason)

    def _fenced(self, message: Fenced, applied: Applied) -> None:
        self._parts.walking.fencing.delivered(message)
        if applied.refused is not None:
            return
        self._parts.walking.fenced(message)
        self._parts.asking.fenced(message)
        ours = (self._station.node.name, str(self._station.incarnation))
        if message.ok and message.action != "on" and (message.target, message.incarnation) == ours:
            self._parts.shutdown.fenced(message)

    def _shut_down(self, message: ShutDown, applied: Applied) -> None:
        self._parts.walking.sent(message.key)
        if applied.refused is None and message.node == self._station.node.name:
            self._parts.shutdown.allowed()
