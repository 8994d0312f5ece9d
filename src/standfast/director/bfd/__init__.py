"""BFD: whether the path to a neighbour is there, told within milliseconds. Source: RFC 5880, RFC 5881.

`machine` has a door of its own, as in `vrrp`.
"""

from standfast.director.bfd import configuration, events, intervals, orders, packets
from standfast.director.bfd.configuration import Configuration, SessionConfiguration, reports
from standfast.director.bfd.events import Timer
from standfast.director.bfd.packets import Datagram, Diagnostic, Packet, State

__all__ = [
    "Configuration",
    "Datagram",
    "Diagnostic",
    "Packet",
    "SessionConfiguration",
    "State",
    "Timer",
    "configuration",
    "events",
    "intervals",
    "orders",
    "packets",
    "reports",
]
