"""How long the DC waits: for answers, daemons, nodes that never came, and attributes that are dampened."""

from __future__ import annotations

from standfast.controller import histories, lost_nodes, orders
from standfast.controller.messages import FlushAttribute, GiveUp, Incarnation, Order, Results
from standfast.controller.replica import Departed, Replica, pending_key
from standfast.controller.station import Station

DEADTIME, RETURN, ANSWER, DAMPENING = "dc-deadtime", "return ", "answer ", "dampening "
"""How the names of the timers begin."""


class Patience:
    """The DC's timers. What they lead to is always said in the order, and is void there if it is no longer true."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self.cluster_delay_ms = 60_000

    def take_over(self, state: Replica) -> None:
        """Wait for all that is to be waited for."""
        station = self._station
        for key, order in state.pending.items():
            if not station.has_timer(ANSWER + key):
                self.await_answer(order)
        for name in state.held:
            self.dampen(name)
        for departed in state.departed.values():
            if departed.returning and not station.has_timer(_return_timer(departed)):
                station.set_timer(_return_timer(departed), station.properties.daemon_return_timeout_ms)

    def end(self) -> None:
        """Wait for nothing any more."""
        for prefix in (DEADTIME, RETURN, ANSWER, DAMPENING):
            for name in self._station.timers(prefix):
                self._station.cancel_timer(name)

    def await_answer(self, order: Order) -> None:
        """Wait for an order's answer."""
        if order.operation.timeout_ms > 0 or order.cancel:
            patience = orders.patience_ms(order.operation, self.cluster_delay_ms)
            self._station.set_timer(ANSWER + pending_key(order.node, order), patience)

    def answered(self, order: Order) -> None:
        """Wait for this one no longer."""
        self._station.cancel_timer(ANSWER + pending_key(order.node, order))

    def dampen(self, name: str) -> None:
        """Write an attribute out when it has been quiet for its dampening."""
        state = self._station.settled
        if state is not None and name in state.held:
            self._station.set_timer(DAMPENING + name, state.dampening_ms.get(name, 0))

    def is_awaiting_nodes(self, state: Replica) -> bool:
        """Return whether configured nodes are still waited for that no view has contained."""
        station, awaited = self._station, lost_nodes.awaited(state)
        if not awaited:
            station.cancel_timer(DEADTIME)
        elif not station.has_timer(DEADTIME):
            station.set_timer(DEADTIME, station.properties.dc_deadtime_ms)
            station.say("awaiting", f"waiting for {', '.join(awaited)} (dc-deadtime)", "notice")
        return bool(awaited)

    def timer(self, state: Replica, name: str) -> None:
        """Say that time is up."""
        station = self._station
        if name == DEADTIME:
            for missing in lost_nodes.awaited(state):
                station.send(GiveUp(missing, Incarnation(), station.now.wall_s))
        elif name.startswith(RETURN):
            for departed in state.departed.values():
                if departed.returning and _return_timer(departed) == name:
                    station.send(GiveUp(departed.name, departed.incarnation, station.now.wall_s))
        elif name.startswith(DAMPENING):
            station.send(FlushAttribute(name.removeprefix(DAMPENING)))
        elif name.startswith(ANSWER) and (order := state.pending.get(name.removeprefix(ANSWER))):
            self._answer_for(state, order)

    def _answer_for(self, state: Replica, order: Order) -> None:
        """Record that an answer never came."""
        call_id = histories.last_call(state, order.node, order.operation.resource_id) + 1
        result = orders.lost_result(order, call_id, self._station.now.wall_s)
        self._station.send(Results(order.node, Incarnation(), (result,), self._station.now.wall_s, lost=True))


def _return_timer(departed: Departed) -> str:
    return f"{RETURN}{departed.name} {departed.incarnation}"
