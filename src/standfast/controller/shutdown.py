"""Stopping this node: what runs here stops or moves, then the DC lets it go, then it leaves."""

from __future__ import annotations

from standfast.controller import attributes
from standfast.controller.events import Panic, StopNow
from standfast.controller.messages import ChangeAttribute, Fenced
from standfast.controller.station import Phase, Station

ESCALATION_TIMER = "shutdown-escalation"


class Shutdown:
    """Whether this node is to stop. `ended`: it has left; nothing more is said or done."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._wanted = False
        self.ended = False

    def want(self) -> None:
        """Begin to stop."""
        station = self._station
        self._wanted = True
        if station.phase in (Phase.OUTSIDE, Phase.WAITING):
            self._end("this node takes no part in the cluster")
            return
        station.set_timer(ESCALATION_TIMER, station.properties.shutdown_escalation_ms)
        station.say("shutdown", f"{station.node.name} stops: what runs here is stopped or moved", "notice")
        self.settled()

    def settled(self) -> None:
        """Say it (again) to those who have the state now."""
        station, state = self._station, self._station.settled
        if not self._wanted or self.ended or state is None:
            return
        if attributes.current(state, station.node.name, attributes.SHUTDOWN) is None:
            wall_s = station.now.wall_s
            station.send(ChangeAttribute(station.node.name, attributes.SHUTDOWN, str(wall_s), wall_s))

    def allowed(self) -> None:
        """Leave: the DC says that nothing runs here any more."""
        self._end("nothing runs here any more")

    def escalate(self) -> None:
        """Leave all the same: it took too long."""
        self._station.say("shutdown", "what runs here did not stop in time", "error")
        self._end("shutdown-escalation is over")

    def fenced(self, message: Fenced) -> None:
        """Obey a receipt that says that this life of ours is over, though we can read it."""
        text = f"this node was fenced by {message.device or 'hand'}, but it is still running"
        self._station.say("fenced-alive", text, "error")
        if self._station.properties.fencing_reaction == "panic":
            self._station.emit(Panic(text))
        self._end(text)

    def _end(self, reason: str) -> None:
        if not self.ended:
            self.ended = True
            self._station.emit(StopNow(reason))
