"""How the links of interfaces are watched: asked for, or believed some time after netlink tells."""

from __future__ import annotations

import enum

import msgspec


class LinkMethod(enum.StrEnum):
    """How an interface is asked for its link: its transceiver's registers, its driver, or its flags."""

    MII = "MII"
    ETHTOOL = "ETHTOOL"
    IOCTL = "IOCTL"


class LinkPoll(msgspec.Struct, frozen=True):
    """An interface that is asked for its link once a second instead of believed when netlink tells of it.

    What cannot be asked by `method` is asked by another one, MII before ETHTOOL before IOCTL, as without any.
    Source: keepalived.conf(5), linkbeat_interfaces.
    """

    interface: str
    method: LinkMethod | None = None


class LinkDelay(msgspec.Struct, frozen=True):
    """How long after netlink tells of it an interface counts as down, or as up again, if it still is; 0: at once.

    Source: keepalived.conf(5), interface_up_down_delays; without the second keepalived 2.2.7 has 0, not the first.
    """

    interface: str
    down_us: int
    up_us: int = 0
