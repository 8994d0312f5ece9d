"""What the parts of a node's controller machine share: who we are, where we stand, and what goes out."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from standfast import executor, messaging
from standfast.controller import coordination, messages, properties
from standfast.controller.applied import Note
from standfast.controller.events import Effect, Multicast, Publish, ToExecutor
from standfast.controller.messages import Incarnation, Message
from standfast.controller.replica import Member, Replica
from standfast.runtime import CancelTimer, Now, SetTimer, TimerFired


class Phase(enum.StrEnum):
    """How far this node is in its view."""

    OUTSIDE = "outside"  # no view yet
    INTRODUCING = "introducing"  # members say what they hold
    WAITING = "waiting"  # cold start: a node that might hold a newer copy is missing
    RECEIVING = "receiving"  # the state is on its way
    SETTLED = "settled"  # this member has the state


class Station:
    """The shared context. `replica` is None while this node has no state; `alone`: the engine is gone."""

    def __init__(self, node: messaging.Node, software: tuple[int, int, int]) -> None:
        self.node = node
        self.software = software
        self.cpus = 0
        self.incarnation = Incarnation()
        self.now = Now(0, 0)
        self.phase = Phase.OUTSIDE
        self.view: messaging.RegularView | None = None
        self.round = 0
        self.position = 0
        self.quorum = messaging.Quorum(False, 0, 0, 0)
        self.replica: Replica | None = None
        self.properties = properties.DEFAULT
        self.alone = False
        self.effects: list[Effect] = []
        self.loopback: list[bytes] = []
        self._generation = 0
        self._timers: dict[str, int] = {}

    # --- where we stand

    @property
    def view_id(self) -> tuple[int, int]:
        """Return the view's id as messages carry it."""
        return (0, 0) if self.view is None else (self.view.id.sequence, self.view.id.representative)

    @property
    def settled(self) -> Replica | None:
        """Return the state if this node takes full part in its view, else None."""
        return self.replica if self.phase is Phase.SETTLED else None

    @property
    def dc(self) -> Member | None:
        """Return the DC; None while there is none."""
        return None if self.settled is None else coordination.coordinator(self.settled)

    @property
    def is_dc(self) -> bool:
        """Return whether this node coordinates."""
        dc = self.dc
        return dc is not None and dc.id == self.node.id

    @property
    def may_fence(self) -> bool:
        """Return whether this view may fence at all."""
        return self.replica is not None and (self.replica.quorate or self.properties.may_fence_without_quorum)

    def begin_round(self) -> None:
        """Begin a round of introductions: it is named by the place of the message that begins it, so that members
        that took no part in the last one agree on it too."""
        self.round = self.round + 1 if self.alone else self.position + 1

    # --- what goes out

    def send(self, message: Message) -> None:
        """Multicast; without an engine, deliver it to ourselves after this event."""
        payload = messages.encode(message)
        if self.alone:
            self.loopback.append(payload)
        elif self.view is not None:
            self.effects.append(Multicast(payload))

    def emit(self, *effects: Effect) -> None:
        """Add effects."""
        self.effects.extend(effects)

    def execute(self, event: executor.Execute | executor.CancelRecurring | executor.Forget | executor.Adopt) -> None:
        """Hand this to our executor."""
        self.effects.append(ToExecutor(event))

    def tell(self, notes: Iterable[Note]) -> None:
        """Publish notes."""
        self.effects.extend(Publish(n.kind, n.message, n.level, n.fields) for n in notes)

    def say(self, kind: str, message: str, level: str = "info", **fields: str) -> None:
        """Publish one thing."""
        self.effects.append(Publish(kind, message, level, fields))

    # --- timers

    def set_timer(self, name: str, delay_ms: int) -> None:
        """Set or set anew a timer."""
        self._generation += 1
        self._timers[name] = self._generation
        self.effects.append(SetTimer(name, self._generation, max(0, delay_ms)))

    def cancel_timer(self, name: str) -> None:
        """Take a timer back, if it is set."""
        if self._timers.pop(name, None) is not None:
            self.effects.append(CancelTimer(name))

    def has_timer(self, name: str) -> bool:
        """Return whether this timer is set."""
        return name in self._timers

    def timers(self, prefix: str) -> list[str]:
        """Return the names of set timers that begin so."""
        return [name for name in self._timers if name.startswith(prefix)]

    def fired(self, event: TimerFired) -> bool:
        """Return whether this firing is the one that was set last; it is not set any more then."""
        if self._timers.get(event.name) != event.generation:
            return False
        del self._timers[event.name]
        return True
