"""The DC's work: schedule when something changed, walk the graph, order what is ready.

A change aborts the walk and the scheduler looks again at once. What was ordered goes on and stays in the status; the
new graph takes it over where it still wants it (same node, same operation), and waits with everything else only for
what it neither takes over nor undoes.
"""

from __future__ import annotations

from collections import Counter

import msgspec

from standfast import scheduler, transition
from standfast.controller import fencing_orders, orders, throttling, under_way
from standfast.controller.applied import Recorded
from standfast.controller.events import KeepInput, Schedule, Scheduled
from standfast.controller.messages import AtRest, Fenced, Forget, Mark, Order, ShutDown
from standfast.controller.patience import Patience
from standfast.controller.replica import Replica, pending_key
from standfast.controller.station import Station
from standfast.controller.under_way import Transition
from standfast.transition import Action, Kind, Walk

RECHECK_TIMER, DELAY_TIMER = "recheck", "transition-delay"
IN_AIR_MAX = 32
"""How many orders are on their way at once: more are said when these have come back, so that no burst holds a loop."""


class _Asked(msgspec.Struct, frozen=True):
    """A `Schedule` that is not answered."""

    number: int
    document: bytes
    now_s: int
    reason: str


class Walking:
    """The DC's part of a controller; it does nothing while another node is the DC."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self.transition: Transition | None = None
        self.outcome: scheduler.Outcome | None = None
        self.fencing = fencing_orders.FencingOrders(station)
        self.patience = Patience(station)
        self._reason = ""  # why the scheduler must look again
        self._asked: _Asked | None = None
        self._kept = b""  # the last input that was kept
        self._schedules = 0
        self._transitions = -1
        self._in_air: set[str] = set()  # what was multicast and is not delivered yet
        self._delayed = False
        self._led = False

    # --- who leads

    def settled(self, *, anew: bool) -> None:
        """Take note of a new view; `anew`: what we did before is void (the state was replaced)."""
        station, state = self._station, self._station.settled
        if anew:
            self._void()
            self.fencing.void()
        if state is None or not station.is_dc:
            self.resign()
            return
        if not self._led:
            self._led = True
            self.fencing.take_over()
        self.patience.take_over(state)
        self._end_shutdowns(state)
        self.changed("the membership changed")

    def _end_shutdowns(self, state: Replica) -> None:
        """End the shutdowns of nodes that are gone."""
        walk = None if self.transition is None else self.transition.walk
        begun = [] if walk is None else [walk.action(i) for i in walk.begun]
        for action in begun:
            if action.operation == "do_shutdown" and state.member(action.on_node) is None:
                self._end(action.id, failed=False)

    def resign(self) -> None:
        """Leave the work to another node."""
        self._led = False
        self._void()
        self.patience.end()
        self._delayed = False
        self._station.cancel_timer(RECHECK_TIMER)
        self._station.cancel_timer(DELAY_TIMER)

    def _void(self) -> None:
        self.transition, self._asked, self._reason = None, None, ""
        self._in_air.clear()

    @property
    def is_running(self) -> bool:
        """Return whether a transition is under way."""
        return self.transition is not None and bool(self.transition.walk.graph.synapses)

    # --- what happened

    def changed(self, reason: str) -> None:
        """Note that the scheduler must look again."""
        if self._led and not self._reason:
            self._reason = reason

    def ordered(self, order: Order, *, refused: bool) -> None:
        """Note that an order of ours stands in the order now."""
        self._in_air.discard(order.operation.transition_key)
        if refused:
            self._finish(order.operation.transition_key, failed=True)
            self.changed("an order was refused")
        elif self._led:
            self.patience.await_answer(order)

    def recorded(self, recorded: Recorded) -> None:
        """Note a result; what the transition did not expect makes the scheduler look again."""
        order = recorded.order
        operation = recorded.result.operation
        if order is None:
            self.changed(f"{operation.key} on {recorded.node} was not expected")
            return
        self.patience.answered(order)
        expected = self._finish(operation.transition_key, failed=recorded.failed)
        if recorded.failed or not expected:
            self.changed(f"{operation.key} on {recorded.node} " + ("failed" if recorded.failed else "ended"))

    def fenced(self, message: Fenced) -> None:
        """Note what came of fencing."""
        self._in_air.discard(message.request)
        expected = self._finish(message.request, failed=not message.ok)
        for action in self.fencing.heard(message, self.transition):
            self._end(action, failed=False)
            expected = True
        if not (expected and message.ok):
            self.changed(f"fencing of {message.target} " + ("ended" if message.ok else "failed"))

    def told(self, key: str) -> bool:
        """Note that a message of ours which is an action's whole work was delivered; return whether it was ours."""
        self._in_air.discard(key)
        return bool(key) and self._finish(key, failed=False)

    def sent(self, key: str) -> None:
        """Note that a message of ours was delivered whose action ends later."""
        self._in_air.discard(key)

    def dampen(self, name: str) -> None:
        """Write an attribute out when it has been quiet for its dampening."""
        if self._led:
            self.patience.dampen(name)

    def timer(self, name: str) -> None:
        """Do what a timer of ours was set for."""
        state = self._station.settled
        if state is None or not self._led:
            return
        if name == RECHECK_TIMER:
            self.fencing.forgive()
            self.changed("it is time to check again")
        elif name == DELAY_TIMER:
            self._delayed = True
        elif name.startswith(fencing_orders.GUARD_TIMER):
            self.fencing.drop(name.removeprefix(fencing_orders.GUARD_TIMER))
            self.changed("a fencing was not answered")
        else:
            self.patience.timer(state, name)

    # --- scheduling

    def step(self) -> None:
        """Do what can be done now."""
        state = self._station.settled
        if state is None or not self._led:
            return
        if self._reason:
            self._schedule(state)
        elif self._asked is None:
            self._walk(state)

    def _schedule(self, state: Replica) -> None:
        if self._asked is not None or self._in_air or not self._may_schedule(state) or self._is_delayed():
            return
        document = under_way.for_scheduler(state)
        self._schedules += 1
        self._asked = _Asked(self._schedules, document, self._station.now.wall_s, self._reason)
        self._reason = ""
        self._abort()
        self._station.emit(Schedule(self._schedules, document, self._asked.now_s))

    def _is_delayed(self) -> bool:
        """Return whether more changes are waited for (`transition-delay`, by default 0)."""
        delay = self._station.properties.transition_delay_ms
        if not delay or self._delayed:
            self._delayed = False
            return False
        if not self._station.has_timer(DELAY_TIMER):
            self._station.set_timer(DELAY_TIMER, delay)
        return True

    def _may_schedule(self, state: Replica) -> bool:
        """Return whether enough is known: the history of every member and of who is waited for, and that every
        configured node is there, or missing."""
        if not all(member.known for member in state.members.values()):
            return False
        if any(departed.returning and not departed.known for departed in state.departed.values()):
            return False
        return not self.patience.is_awaiting_nodes(state)

    def _abort(self) -> None:
        if self.transition is not None:
            counts = self.transition.walk.counts
            number, reason = self.transition.number, self._asked.reason if self._asked else ""
            self.transition = None
            self._say_end(number, counts, f"aborted: {reason}")

    def scheduled(self, event: Scheduled) -> None:
        """Begin the transition that was computed, unless something changed meanwhile."""
        if self._asked is None or event.number != self._asked.number:
            return
        asked, self._asked = self._asked, None
        state = self._station.settled
        if state is None or not self._led:
            return
        if event.outcome is None:
            self._station.say("scheduler", f"the scheduler failed: {event.failed}", "error")
            self._set_recheck(None)
        elif not self._reason:
            self._begin(state, event.outcome, asked)

    def _begin(self, state: Replica, outcome: scheduler.Outcome, asked: _Asked) -> None:
        station, graph = self._station, outcome.graph
        self._transitions += 1
        self.outcome = outcome
        self.patience.cluster_delay_ms = graph.cluster_delay_ms
        self.transition = Transition(self._transitions, Walk(graph), blockers=under_way.blockers(state, graph))
        self._set_recheck(outcome.recheck_by_s)
        if asked.document != self._kept:
            self._kept = asked.document
            station.emit(KeepInput(asked.document, outcome.severity, asked.now_s, self._transitions))
        if graph.synapses:
            text = f"transition {self._transitions} begins with {len(graph.synapses)} actions: {asked.reason}"
            fields = {"transition": str(self._transitions), "actions": str(len(graph.synapses)), "reason": asked.reason}
            station.say("transition-start", text, "notice", **fields)
            station.send(AtRest(False, state.applied, self._transitions))
        for node, reason in outcome.fencing.items():
            station.say("fencing-needed", f"{node} will be fenced: {reason}", "warning", node=node, reason=reason)

    def _set_recheck(self, by_s: int | None) -> None:
        delay = self._station.properties.recheck_interval_ms
        if by_s is not None:
            until = max(0, by_s * 1000 - self._station.now.wall_ms)
            delay = min(delay, until) if delay else until
        if delay:
            self._station.set_timer(RECHECK_TIMER, delay)

    # --- walking

    def _walk(self, state: Replica) -> None:
        current = self.transition
        if current is None:
            return
        walk = current.walk
        while progress := walk.ready(self._room(state, current)):
            for synapse in progress:
                walk.begin(synapse.action.id)
                self._carry_out(state, current, synapse.action)
        if walk.is_over:
            self._conclude(state, current)

    def _room(self, state: Replica, current: Transition) -> transition.Room:
        """Return how much may begin now, beside the orders of earlier transitions that are under way."""
        earlier = [o for o in state.pending.values() if o.operation.transition_key not in current.actions]
        limit = self._station.properties.node_action_limit
        return transition.Room(
            len(earlier),
            Counter(order.runs_on for order in earlier if not order.cancel),
            lambda node: throttling.bound(state, node, limit),
            IN_AIR_MAX - len(self._in_air),
            lambda action: self._may_begin(state, current, action),
        )

    def _may_begin(self, state: Replica, current: Transition, action: Action) -> bool:
        """Return whether nothing unsettled stands against it; fencing and probes never wait.

        The scheduler lets a node go while it is not yet known what runs there, or while an operation has no answer.
        """
        if action.operation == "do_shutdown":
            unanswered = any(order.runs_on == action.on_node for order in state.pending.values())
            return not unanswered and not current.is_probing(action.on_node)
        if action.kind is not Kind.RESOURCE:
            return True
        if action.operation == "promote" and not self._may_promote(state, current, action):
            return False
        # What needs it may be found to run there.
        if action.operation in ("stop", "demote") and current.is_looking(action.on_node):
            return False
        return not current.blockers or orders.is_probe(action) or not current.blockers & state.pending.keys()

    def _may_promote(self, state: Replica, current: Transition, action: Action) -> bool:
        """Return whether it is known that no other instance is promoted.

        The scheduler promotes although the demotion of another instance is blocked by its node's pending daemon, and
        although another instance is not probed yet.
        """
        assert action.resource is not None
        awaited = any(departed.returning for departed in state.departed.values())
        return not awaited and not current.is_probing(resource=action.resource.id)

    def _carry_out(self, state: Replica, current: Transition, action: Action) -> None:
        key = orders.key(action, current.number, self._station.incarnation.life)
        if action.kind is Kind.RESOURCE and action.operation != "delete":
            self._order(state, current, action, key)
        elif action.operation in ("stonith", "do_shutdown"):
            self._fence_or_shut_down(state, current, action, key)
        elif action.operation in ("clear_failcount", "lrm_delete", "delete"):
            self._send(current, action, key, orders.forget(action, key, self._station.now.wall_s))
        elif action.maintenance:
            self._send(current, action, key, Mark(dict(action.maintenance), key))
        else:
            current.walk.complete(action.id)

    def _order(self, state: Replica, current: Transition, action: Action, key: str) -> None:
        order = orders.order(action, key, self._station.now.wall_s, state.footing)
        under_way = state.pending.get(pending_key(order.node, order))
        if under_way is not None:
            current.actions[under_way.operation.transition_key] = action.id
            current.adopted = True
        elif state.member(order.runs_on) is None:
            self._station.say("order-refused", f"{order.runs_on} is no member: {action.operation_key}", "warning")
            current.walk.fail(action.id)
        else:
            self._send(current, action, key, order)

    def _fence_or_shut_down(self, state: Replica, current: Transition, action: Action, key: str) -> None:
        if action.operation == "do_shutdown":
            self._send(current, action, key, ShutDown(action.on_node, self._station.now.wall_s, key))
        elif action.kind is Kind.PSEUDO:  # a guest: it is off when what it runs in is
            receipt = Fenced(key, action.on_node, "", "off", True, device="guest", wall_s=self._station.now.wall_s)
            self._send(current, action, key, receipt)
        else:
            request = self.fencing.request(state, action, key)
            if request is None:
                current.walk.fail(action.id)
            else:
                current.actions[request] = action.id

    def _send(
        self, current: Transition, action: Action, key: str, message: Order | Forget | Mark | ShutDown | Fenced
    ) -> None:
        current.actions[key] = action.id
        self._in_air.add(key)
        self._station.send(message)

    def _finish(self, key: str, *, failed: bool) -> bool:
        """End the action that is named so; return whether the present transition has it."""
        current = self.transition
        action_id = None if current is None else current.actions.pop(key, None)
        return action_id is not None and self._end(action_id, failed=failed)

    def _end(self, action_id: int, *, failed: bool) -> bool:
        current = self.transition
        if current is None or action_id not in current.walk.begun:
            return False
        current.end(action_id, failed=failed)
        return True

    def _conclude(self, state: Replica, current: Transition) -> None:
        counts = current.walk.counts
        self.transition = None
        if current.walk.graph.synapses:
            self._say_end(current.number, counts, "complete" if current.walk.is_complete else "incomplete")
        if current.adopted:
            self.changed("operations of an earlier transition ended")
            self._schedule(state)
        elif not state.pending and not any(departed.returning for departed in state.departed.values()):
            self._station.send(AtRest(True, state.applied, current.number))

    def _say_end(self, number: int, counts: dict[str, int], how: str) -> None:
        words = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
        fields = {name: str(count) for name, count in counts.items()}
        text = f"transition {number} ends ({how}): {words or 'nothing to do'}"
        self._station.say("transition-end", text, "notice", transition=str(number), how=how, **fields)
