"""The steps of a set-up made on this machine (in this network namespace)."""

from __future__ import annotations

import errno
import os
import subprocess
from ipaddress import IPv4Interface, ip_interface

from pyroute2 import IPRoute, NetlinkError

from standfast.director import setup
from standfast.director.live.setup.arp import announce
from standfast.director.live.setup.facts import SYSCTLS, read_sysctl
from standfast.director.live.setup.failures import SetupError

_NO_DAD = 2
_INET6 = 10


def perform(step: setup.Step | setup.UndoStep) -> None:
    """Make a step. What is so already is no mistake. Raises: SetupError."""
    try:
        _perform(step)
    except NetlinkError as wrong:
        raise SetupError(f"{step}: {os.strerror(wrong.code)}") from None
    except OSError as wrong:
        raise SetupError(f"{step}: {wrong.strerror}") from None


def _perform(step: setup.Step | setup.UndoStep) -> None:
    match step:
        case setup.SetSysctl(name, value):
            _write(name, value)
        case setup.RestoreSysctl(name, value, beside):
            _restore(name, value, beside)
        case setup.LoadModule(name):
            _modprobe(step, "--", name)
        case setup.UnloadModule(name):
            _modprobe(step, "-r", "--", name)
        case setup.AddAddress():
            _add_address(step)
        case setup.RemoveAddress():
            _remove_address(step)
        case _:
            _link(step)


def _write(name: str, value: str) -> None:
    (SYSCTLS / name).write_text(value + "\n")


def _restore(name: str, value: str, beside: dict[str, str]) -> None:
    if read_sysctl(name) != value:
        _write(name, value)
    for other, was in beside.items():
        if read_sysctl(other) not in (None, was):
            _write(other, was)


def _modprobe(step: setup.Step | setup.UndoStep, *words: str) -> None:
    command = ["/sbin/modprobe", *words]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetupError(f"{step}: {done.stderr.strip() or 'modprobe failed'}")


def _index(netlink: IPRoute, link: str) -> int:
    found = netlink.link_lookup(ifname=link)
    if not found:
        raise SetupError(f"there is no interface {link}")
    return int(found[0])


def _add_address(step: setup.AddAddress) -> None:
    interface = ip_interface(step.address)
    prefix = interface.network.prefixlen
    with IPRoute() as netlink:
        words = {"address": str(interface.ip), "prefixlen": prefix, "index": _index(netlink, step.link)}
        if interface.version == 6:
            words |= {"family": _INET6, "flags": _NO_DAD}
        try:
            netlink.addr("add", **words)
        except NetlinkError as wrong:
            if wrong.code != errno.EEXIST:
                raise
    if step.announce and isinstance(interface, IPv4Interface):
        announce(step.link, interface.ip)


def _remove_address(step: setup.RemoveAddress) -> None:
    interface = ip_interface(step.address)
    with IPRoute() as netlink:
        index = _index(netlink, step.link)
        try:
            netlink.addr("del", index=index, address=str(interface.ip), prefixlen=interface.network.prefixlen)
        except NetlinkError as wrong:
            if wrong.code != errno.EADDRNOTAVAIL:
                raise


def _link(step: setup.Step | setup.UndoStep) -> None:
    with IPRoute() as netlink:
        match step:
            case setup.AddTunnel(link):
                netlink.link("add", ifname=link, kind="ipip")
            case setup.RemoveTunnel(link):
                netlink.link("del", index=_index(netlink, link))
            case setup.LinkUp(link):
                netlink.link("set", index=_index(netlink, link), state="up")
            case setup.LinkDown(link, given):
                netlink.link("set", index=_index(netlink, link), state="down")
                for address in given:
                    _remove_address(setup.RemoveAddress(address, link))
