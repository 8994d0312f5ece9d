"""VRRP: virtual routers whose addresses never go away. Source: RFC 9568 (version 3), RFC 3768 (version 2).

`machine` has a door of its own: who only reads what routers are to be does not wait for what they do.
"""

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
from standfast.director.vrrp.notifies import Notifies, Telling
from standfast.director.vrrp.own_devices import Ipvlan, IpvlanMode, Vmac
from standfast.director.vrrp.tracked_things import Parameters, TrackFile, TrackKind, TrackProcess, TrackScript
from standfast.director.vrrp.validation import reports

__all__ = [
    "AuthType",
    "Authentication",
    "Configuration",
    "Firewall",
    "Garp",
    "Ipvlan",
    "IpvlanMode",
    "LinkDelay",
    "LinkMethod",
    "LinkPoll",
    "Notifies",
    "Pace",
    "Parameters",
    "Peer",
    "State",
    "SyncGroup",
    "Telling",
    "Timer",
    "TrackFile",
    "TrackKind",
    "TrackProcess",
    "TrackScript",
    "Tracked",
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
