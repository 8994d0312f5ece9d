"""The parts of a controller machine, made together."""

from __future__ import annotations

from standfast import messaging
from standfast.controller.acknowledgement import Acknowledgement
from standfast.controller.asking import Asking
from standfast.controller.joining import Joining
from standfast.controller.own_history import OwnHistory
from standfast.controller.shutdown import Shutdown
from standfast.controller.silence import Silence
from standfast.controller.station import Station
from standfast.controller.walking import Walking


class Parts:
    """What each part does is said in its module; they know the station, and of each other only what is passed."""

    def __init__(self, node: messaging.Node, software: tuple[int, int, int]) -> None:
        self.station = Station(node, software)
        self.own_history = OwnHistory(node.name)
        self.joining = Joining(self.station)
        self.acknowledgement = Acknowledgement(self.station)
        self.silence = Silence(self.station)
        self.walking = Walking(self.station)
        self.asking = Asking(self.station, self.acknowledgement)
        self.shutdown = Shutdown(self.station)
