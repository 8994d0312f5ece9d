"""Interfaces that a virtual router wants made on its own one: frozen values."""

from __future__ import annotations

import enum
from ipaddress import IPv4Interface, IPv6Interface

import msgspec


class Vmac(msgspec.Struct, frozen=True):
    """A virtual MAC on a macvlan of the interface; `transmit_base` sends adverts from the interface itself.

    `mac` is written with colons; empty: VRRP's own. Source: RFC 9568 §7.3.
    """

    device: str = ""
    transmit_base: bool = False
    mac: str = ""


class IpvlanMode(enum.IntEnum):
    """Whom an ipvlan of layer 2 reaches on its own machine. Source: linux/if_link.h, IPVLAN_F_*."""

    BRIDGE = 0
    PRIVATE = 1
    VEPA = 2


class Ipvlan(msgspec.Struct, frozen=True):
    """An ipvlan of layer 2 on the interface: adverts go from it, the addresses stay on the interface.

    `address` is its own one, which IPv4 needs; without, adverts are sent from its link-local one.
    Source: keepalived 2.2.7.
    """

    device: str = ""
    address: IPv4Interface | IPv6Interface | None = None
    mode: IpvlanMode = IpvlanMode.BRIDGE
