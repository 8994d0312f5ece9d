"""The DC's orders to its fencing machine: each life of a node is asked for once, and not for ever."""

from __future__ import annotations

import hashlib

from standfast import fencing
from standfast.controller import lost_nodes
from standfast.controller.events import ToFencing
from standfast.controller.messages import ChangeAttribute, Fenced
from standfast.controller.replica import Replica
from standfast.controller.station import Station
from standfast.controller.under_way import Transition
from standfast.transition import Action

GUARD_TIMER = "fencing "
"""How the timers begin that bound how long a fencing may take: then it is asked for anew."""


class FencingOrders:
    """What is being fenced, how often it failed, and receipts that are not in the order yet."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._under_way: dict[str, tuple[str, str]] = {}  # target -> request, incarnation
        self._unfencing: dict[str, Action] = {}  # request -> its action
        self._failures: dict[str, int] = {}
        self._receipts: list[Fenced] = []

    def take_over(self) -> None:
        """Become the DC: tell the receipts that the last one did not."""
        state = self._station.settled
        known = () if state is None else tuple(state.receipts)
        self._receipts = [r for r in self._receipts if r not in known]
        for receipt in self._receipts:
            self._station.send(receipt)

    def void(self) -> None:
        """Know nothing of fencing any more."""
        for target in tuple(self._under_way):
            self.drop(target)
        self._unfencing.clear()
        self._failures.clear()
        self._receipts.clear()

    def forgive(self) -> None:
        """Try again what failed too often."""
        self._failures.clear()

    def request(self, state: Replica, action: Action, key: str) -> str | None:
        """Ask for a node to be fenced; return the request's name, None if it must not or cannot be tried now."""
        station, target = self._station, action.on_node
        kind = action.attributes.get("CRM_meta_stonith_action", station.properties.fencing_action)
        life = str(state.incarnations[target]) if target in state.incarnations else ""
        if not station.may_fence:
            station.say("fencing-refused", f"{target} is not fenced: this view has no quorum", "warning", node=target)
            return None
        if self._failures.get(target, 0) >= station.properties.fencing_attempts_max:
            text = f"fencing {target} failed too often: it is tried again at the next recheck"
            station.say("fencing-refused", text, "error", node=target)
            return None
        under_way = self._under_way.get(target)
        if kind != "on" and under_way is not None and under_way[1] == life:
            return under_way[0]
        if kind == "on":
            self._unfencing[key] = action
        else:
            self._under_way[target] = (key, life)
            station.set_timer(GUARD_TIMER + target, 3 * station.properties.fencing_timeout_ms + 60_000)
        delay_ms = int(float(action.attributes.get("CRM_meta_priority_fencing_delay", "0") or 0) * 1000)
        station.say("fencing-requested", f"{target} is to be fenced ({kind})", "warning", node=target, action=kind)
        station.emit(ToFencing(fencing.Fence(key, target, kind, life, delay_ms, client="standfast", draw=_draw(key))))
        return key

    def drop(self, target: str) -> None:
        """Wait no longer for a target's receipt."""
        self._under_way.pop(target, None)
        self._station.cancel_timer(GUARD_TIMER + target)

    def receipt(self, receipt: fencing.Receipt) -> None:
        """Note our fencing machine's receipt; the DC brings it into the order."""
        message = Fenced(
            receipt.request, receipt.target, receipt.incarnation, receipt.action, receipt.ok, receipt.device,
            receipt.executed_by, receipt.client, receipt.reason, receipt.wall_s,
        )  # fmt: skip
        state = self._station.replica
        if state is None or message in state.receipts:
            return
        self._receipts.append(message)
        if self._station.is_dc:
            self._station.send(message)

    def delivered(self, message: Fenced) -> None:
        """Note that a receipt stands in the order."""
        if message in self._receipts:
            self._receipts.remove(message)

    def heard(self, message: Fenced, current: Transition | None) -> list[int]:
        """Note a receipt in its place; return the begun actions that it ends besides the one it names."""
        if self._under_way.get(message.target, ("", ""))[0] == message.request:
            self.drop(message.target)
        unfencing = self._unfencing.pop(message.request, None)
        if unfencing is not None and message.ok:
            self._mark_unfenced(unfencing)
        if not message.ok:
            self._failures[message.target] = self._failures.get(message.target, 0) + 1
            return []
        self._failures.pop(message.target, None)
        state = self._station.settled
        if current is None or state is None or not lost_nodes.is_off(state, message.target):
            return []
        begun = [current.walk.action(i) for i in current.walk.begun]
        return [a.id for a in begun if a.operation == "stonith" and a.on_node == message.target]

    def _mark_unfenced(self, action: Action) -> None:
        """Say by attributes that a node was unfenced, and with which definition of its devices."""
        wall_s = self._station.now.wall_s
        marks = {"#node-unfenced": str(wall_s)}
        for name in ("digests_all", "digests_secure"):
            value = action.attributes.get(f"CRM_meta_{name}")
            if value is not None:
                marks["#" + name.replace("_", "-")] = value
        for name, value in marks.items():
            self._station.send(ChangeAttribute(action.on_node, name, value, wall_s))


def _draw(key: str) -> float:
    """Return a number from 0 to 1 that nobody can foresee from another node's."""
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest(), "big") / 0xFFFFFFFF
