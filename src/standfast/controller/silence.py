"""Silent members: a daemon that hangs stays in its view, so every member gives a sign of life in the agreed order.

A member counts the own signs that came back since it last heard another one, and gives the next one only when the last
has come back: while the engine stands still, or this process itself does, nobody grows silent. Who is silent for
`daemon-return-timeout` is excluded, by the first of the others in the order of coordination.

Signs are given together: the member with the lowest number that is heard gives its own, and the others answer at once.
An idle ring of Corosync's is woken once for all of them then. Whoever hears no such sign goes on by its own timer.
"""

from __future__ import annotations

from standfast.controller import coordination
from standfast.controller.messages import Exclude, Ping
from standfast.controller.station import Station

TIMER = "sign-of-life"
SIGNS = 5
"""How many signs fit into `daemon-return-timeout`."""
_PATIENCE_PERCENT = 120  # of the time between signs, for one that is to be answered


class Silence:
    """Who has not been heard, by own signs of life since then."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._missed: dict[int, int] = {}
        self._members: frozenset[int] = frozenset()
        self._excluding: frozenset[int] = frozenset()
        self._under_way = False

    def watch(self, members: frozenset[int]) -> None:
        """Begin anew with these members."""
        self._members, self._excluding, self._under_way = members, frozenset(), False
        self._missed = dict.fromkeys(members - {self._station.node.id}, 0)
        if self._missed and not self._station.has_timer(TIMER):
            self._set_timer()

    def stop(self) -> None:
        """Watch nobody."""
        self._members, self._missed = frozenset(), {}
        self._station.cancel_timer(TIMER)

    def beat(self) -> None:
        """Give a sign of life: several that come back together would leave nobody time to say something in between."""
        if self._missed:
            if not self._under_way:
                self._under_way = True
                self._station.send(Ping())
            self._set_timer()

    def answer(self, sender: int) -> None:
        """Give a sign together with the first of the others."""
        if sender == self._leader():
            self.beat()

    def heard(self, sender: int) -> None:
        """Note that a member said something."""
        if sender in self._missed:
            self._missed[sender] = 0

    def came_back(self) -> None:
        """Note that an own sign came back: who said nothing since the last one missed one; exclude the silent."""
        self._under_way = False
        for number in self._missed:
            self._missed[number] += 1
        silent = frozenset(n for n, missed in self._missed.items() if missed > SIGNS)
        if silent - self._excluding and self._is_first(silent):
            self._excluding |= silent
            station = self._station
            station.send(Exclude(station.view_id, station.round, tuple(sorted(silent))))

    def _is_first(self, silent: frozenset[int]) -> bool:
        station = self._station
        if station.settled is not None:
            ranking = [m.id for m in coordination.ranking(station.settled)]
        else:
            ranking = sorted(self._members)
        return next((n for n in ranking if n not in silent), None) == station.node.id

    def _leader(self) -> int:
        """Return whose sign the others answer: the member with the lowest number that did not miss two."""
        own = self._station.node.id
        return min((own, *(number for number, missed in self._missed.items() if missed < 2)))

    def _set_timer(self) -> None:
        interval = self._station.properties.daemon_return_timeout_ms // SIGNS
        if self._leader() != self._station.node.id:
            interval = interval * _PATIENCE_PERCENT // 100
        self._station.set_timer(TIMER, max(20, interval))
