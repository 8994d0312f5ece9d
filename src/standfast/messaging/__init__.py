"""Views, agreed order and quorum: the seam under the controller, and its engines."""

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

__all__ = [
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
