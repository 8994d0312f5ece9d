"""VRRP: virtual routers whose addresses never go away. Source: RFC 9568 (version 3), RFC 3768 (version 2)."""

from standfast.director.vrrp import changes, configuration, events, intervals, packets, tracking
from standfast.director.vrrp.configuration import (
    Authentication,
    AuthType,
    Configuration,
    Firewall,
    Garp,
    Pace,
    Peer,
    SyncGroup,
    Tracked,
    Unicast,
    VirtualAddress,
    VirtualRoute,
    VirtualRouter,
    VirtualRule,
)
from standfast.director.vrrp.events import State, Timer
from standfast.director.vrrp.links import LinkDelay, LinkMethod, LinkPoll
from standfast.director.vrrp.machine import Machine, To
from standfast.director.vrrp.notifies import Notifies, Telling
from standfast.director.vrrp.own_devices import Ipvlan, IpvlanMode, Vmac
from standfast.director.vrrp.reception import Advert, Drop, Reception
from standfast.director.vrrp.router import Router
from standfast.director.vrrp.tracked_things import Parameters, TrackFile, TrackKind, TrackProcess, TrackScript
from standfast.director.vrrp.transmission import Transmission
from standfast.director.vrrp.validation import reports

__all__ = [
    "Advert",
    "AuthType",
    "Authentication",
    "Configuration",
    "Drop",
    "Firewall",
    "Garp",
    "Ipvlan",
    "IpvlanMode",
    "LinkDelay",
    "LinkMethod",
    "LinkPoll",
    "Machine",
    "Notifies",
    "Pace",
    "Parameters",
    "Peer",
    "Reception",
    "Router",
    "State",
    "SyncGroup",
    "Telling",
    "Timer",
    "To",
    "TrackFile",
    "TrackKind",
    "TrackProcess",
    "TrackScript",
    "Tracked",
    "Transmission",
    "Unicast",
    "VirtualAddress",
    "VirtualRoute",
    "VirtualRouter",
    "VirtualRule",
    "Vmac",
    "changes",
    "configuration",
    "events",
    "intervals",
    "packets",
    "reports",
    "tracking",
]
