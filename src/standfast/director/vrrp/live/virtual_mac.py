"""Virtual MACs: a macvlan in private mode for a virtual router, and the kernel's settings that it needs."""

from __future__ import annotations

import contextlib
from pathlib import Path

from standfast.director.vrrp import rtnetlink_messages as nl
from standfast.director.vrrp.live.interfaces import Interfaces
from standfast.director.vrrp.live.netlink import Kernel
from standfast.director.vrrp.virtual_devices import VirtualDevice

_SETTINGS = Path("/proc/sys/net")
# the device answers for its own addresses only, and hears adverts from an address that the base device has
_IPV4 = {"rp_filter": 0, "accept_local": 1, "arp_ignore": 1, "arp_announce": 2}
_IPV6 = {"addr_gen_mode": 1, "accept_ra": 0, "autoconf": 0}


def make(device: VirtualDevice, kernel: Kernel, interfaces: Interfaces) -> str:
    """Make a device, after removing one of its name; return why it failed, if it did."""
    parent, name = interfaces.link(device.interface), device.name
    if parent is None:
        return f"no interface {device.interface}"
    remove(name, kernel, interfaces)
    error = kernel.change([nl.macvlan(name, parent.index, device.mac)])[0]
    if error:
        return f"macvlan {name}: errno {error}"
    interfaces.read(kernel)
    for setting, value in _IPV4.items():
        set_number(f"ipv4/conf/{name}/{setting}", value)
    for setting, value in _IPV6.items():
        set_number(f"ipv6/conf/{name}/{setting}", value)
    set_number(f"ipv4/conf/{device.interface}/arp_ignore", 1)
    made = interfaces.link(name)
    assert made is not None, "it was just made"
    kernel.change([nl.link_up(made.index)])
    return ""


def remove(name: str, kernel: Kernel, interfaces: Interfaces) -> None:
    """Remove a macvlan of this name, if there is one; nothing else of that name."""
    link = interfaces.link(name)
    if link is not None and link.kind == "macvlan":
        kernel.change([nl.link_removed(link.index)])
        interfaces.read(kernel)


def set_number(setting: str, value: int) -> None:
    """Write a setting below net; one that this kernel lacks is none."""
    with contextlib.suppress(OSError):
        (_SETTINGS / setting).write_text(f"{value}\n")
