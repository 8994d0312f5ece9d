"""Virtual devices: a macvlan in private mode or an ipvlan, in the VRF of the interface below, and their settings."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from standfast.director.vrrp import rtnetlink_messages as nl
from standfast.director.vrrp.configuration import VirtualAddress
from standfast.director.vrrp.live.interfaces import Interfaces
from standfast.director.vrrp.live.netlink import Kernel
from standfast.director.vrrp.virtual_devices import VirtualDevice

_SETTINGS = Path("/proc/sys/net")
_KINDS = ("macvlan", "ipvlan")
# the device answers for its own addresses only, and hears adverts from an address that the base device has
_VMAC_IPV4 = {"rp_filter": 0, "accept_local": 1, "arp_ignore": 1, "arp_announce": 2}
_VMAC_IPV6 = {"addr_gen_mode": 1, "accept_ra": 0, "autoconf": 0}


def make(device: VirtualDevice, kernel: Kernel, interfaces: Interfaces) -> str:
    """Make a device, after removing one of its name; return why it failed, if it did."""
    parent, name = interfaces.link(device.interface), device.name
    if parent is None:
        return f"no interface {device.interface}"
    remove(name, kernel, interfaces)
    what = nl.ipvlan(device.ipvlan.mode) if device.ipvlan else nl.macvlan(device.mac)
    if error := kernel.change([nl.link_on(name, parent.index, interfaces.vrf_of(parent), what)])[0]:
        return f"{'ipvlan' if device.ipvlan else 'macvlan'} {name}: errno {error}"
    interfaces.read(kernel)
    for setting, value in _settings(device):
        set_number(setting, value)
    made = interfaces.link(name)
    assert made is not None, "it was just made"
    kernel.change([nl.link_up(made.index), *_own_address(device, made.index)])
    return ""


def _settings(device: VirtualDevice) -> Iterator[tuple[str, int]]:
    name = device.name
    if device.ipvlan is None:
        yield from ((f"ipv4/conf/{name}/{setting}", value) for setting, value in _VMAC_IPV4.items())
        yield from ((f"ipv6/conf/{name}/{setting}", value) for setting, value in _VMAC_IPV6.items())
        yield f"ipv4/conf/{device.interface}/arp_ignore", 1
    elif device.ipvlan.address and device.ipvlan.address.version == 4:
        yield f"ipv6/conf/{name}/disable_ipv6", 1


def _own_address(device: VirtualDevice, index: int) -> Iterator[nl.Request]:
    """Return what gives an ipvlan its address, which is there for adverts: in IPv6 never a source by itself."""
    if device.ipvlan and device.ipvlan.address:
        yield nl.address(VirtualAddress(device.ipvlan.address, preferred_lifetime_s=0), index, adds=True)


def follow(devices: Iterable[VirtualDevice], kernel: Kernel, interfaces: Interfaces) -> None:
    """Have each device in the VRF of the interface below it, wherever that went."""
    for device in devices:
        below, made = interfaces.link(device.interface), interfaces.link(device.name)
        if below and made and interfaces.vrf_of(below) != interfaces.vrf_of(made):
            kernel.change([nl.link_in(made.index, interfaces.vrf_of(below))])


def remove(name: str, kernel: Kernel, interfaces: Interfaces) -> None:
    """Remove a virtual device of this name, if there is one; nothing else of that name."""
    link = interfaces.link(name)
    if link is not None and link.kind in _KINDS:
        kernel.change([nl.link_removed(link.index)])
        interfaces.read(kernel)


def set_number(setting: str, value: int) -> None:
    """Write a setting below net; one that this kernel lacks is none."""
    with contextlib.suppress(OSError):
        (_SETTINGS / setting).write_text(f"{value}\n")
