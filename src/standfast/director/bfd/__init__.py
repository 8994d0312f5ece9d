"""BFD: whether the path to a neighbour is there, told within milliseconds. Source: RFC 5880, RFC 5881."""

from standfast.director.bfd import configuration, events, intervals, orders, packets
from standfast.director.bfd.configuration import Configuration, SessionConfiguration, reports
from standfast.director.bfd.draws import Draws
from standfast.director.bfd.events import Timer
from standfast.director.bfd.machine import Machine, To
from standfast.director.bfd.packets import Datagram, Diagnostic, Packet, State
from standfast.director.bfd.reception import Drop, examine
from standfast.director.bfd.session import Session

__all__ = [
    "Configuration",
    "Datagram",
    "Diagnostic",
    "Draws",
    "Drop",
    "Machine",
    "Packet",
    "Session",
    "SessionConfiguration",
    "State",
    "Timer",
    "To",
    "configuration",
    "events",
    "examine",
    "intervals",
    "orders",
    "packets",
    "reports",
]
