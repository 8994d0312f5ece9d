"""Views, agreed order and quorum: the seam under the controller, and its engines."""

from standfast import compiled

compiled.install("messaging")

from standfast.messaging.engine import (
    MESSAGE_BYTES_MAX,
    Delivered,
    Engine,
    EngineLost,
    Event,
    Node,
    Quorum,
    QuorumChanged,
    RegularView,
    TransitionalView,
    ViewId,
    Why,
)
from standfast.messaging.memory import Link, Network, Way
from standfast.messaging.quorum import Electorate, Voter

__all__ = [
    "Electorate",
    "Link",
    "Network",
    "Voter",
    "Way",
    "MESSAGE_BYTES_MAX",
    "Delivered",
    "Engine",
    "EngineLost",
    "Event",
    "Node",
    "Quorum",
    "QuorumChanged",
    "RegularView",
    "TransitionalView",
    "ViewId",
    "Why",
]
