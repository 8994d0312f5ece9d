"""What is wrong with a virtual router's configuration, all of it at once."""

from __future__ import annotations

from collections.abc import Iterator

from standfast.director.vrrp.configuration import Configuration, VirtualRouter
from standfast.director.vrrp.track_validation import track_reports
from standfast.errors import Report, Severity

Finding = tuple[str, str, str]
"""A slug, what is wrong, and what was expected."""


def reports(configuration: Configuration) -> list[Report]:
    """Return every finding. Errors refuse the configuration."""
    found = [report for router in configuration.routers for report in router_reports(router)]
    return [*found, *_twins(configuration), *_unknown_groups(configuration), *track_reports(configuration)]


def router_reports(router: VirtualRouter) -> list[Report]:
    """Return what is wrong with one virtual router."""
    findings = [*_ranges(router), *_families(router), *_version(router), *_ipvlan(router)]
    if router.strict:
        findings += _strict(router)
    return [Report(f"vrrp.{slug}", f"{router.name}: {message}", expected) for slug, message, expected in findings]


def _ranges(router: VirtualRouter) -> Iterator[Finding]:
    # "Virtual Router Identifier. Configurable value in the range 1-255 (decimal)." RFC 9568 §6.1
    if not 1 <= router.vrid <= 255:
        yield "vrid-range", f"virtual router id {router.vrid}", "1..255"
    # "Priority values [...] are configurable in the range 1-254", and 255 for the owner. RFC 9568 §6.1
    if not 1 <= router.priority <= 255:
        yield "priority-range", f"priority {router.priority}", "1..255"
    if not 1 <= router.down_timer_adverts <= 100:
        yield "down-timer-adverts-range", f"down_timer_adverts {router.down_timer_adverts}", "1..100"
    if len(router.addresses) > 255:
        yield "addresses-many", f"{len(router.addresses)} addresses in adverts", "255 at most; others can be excluded"


def _families(router: VirtualRouter) -> Iterator[Finding]:
    # "The address family of the addresses, IPv4 or IPv6 but not both, MUST be the same as the VRRP packet's IPvX
    # header address family." RFC 9568 §5.2.9
    for each in router.addresses:
        if each.address.version != router.family:
            yield "address-family", f"address {each.address} beside others of IPv{router.family}", "one family"
    peers = router.unicast.peers if router.unicast else ()
    for address in [peer.address for peer in peers] + ([router.source] if router.source else []):
        if address.version != router.family:
            yield "address-family", f"{address} as source or peer", f"an address of IPv{router.family}"


def _version(router: VirtualRouter) -> Iterator[Finding]:
    interval_cs = router.advertisement_interval_cs
    if router.version == 2:
        if router.family == 6:
            yield "version", "IPv6 with version 2", "version 3"
        if interval_cs % 100 or not 100 <= interval_cs <= 25_500:
            yield "interval-range", f"interval {interval_cs / 100:g} s", "whole seconds, 1..255, in version 2"
    elif router.version == 3:
        # "The Max Advertise Interval is a 12-bit field that indicates the time interval [...] in centiseconds."
        # RFC 9568 §5.2.7
        if not 1 <= interval_cs <= 4095:
            yield "interval-range", f"interval {interval_cs / 100:g} s", "0.01..40.95 in version 3"
        if router.authentication:
            yield "authentication", "authentication with version 3", "none, or version 2"
    else:
        yield "version", f"version {router.version}", "2 or 3"


def _ipvlan(router: VirtualRouter) -> Iterator[Finding]:
    if router.ipvlan is None:
        return
    address = router.ipvlan.address
    if router.vmac:
        yield "ipvlan", "an ipvlan and a virtual MAC", "one of them"
    if address is None and router.family == 4:
        yield "ipvlan", "an ipvlan without address", "an address to send adverts from, in IPv4"
    elif address is not None and address.version != router.family:
        yield "address-family", f"{address} as the ipvlan's", f"an address of IPv{router.family}"


def _strict(router: VirtualRouter) -> list[Finding]:
    strict = "the RFC's own, or strict mode off"
    wrong = {
        "unicast peers": router.unicast is not None,
        "authentication": router.authentication is not None,
        "preempt_delay": router.preempt_delay_ms > 0,
        "down_timer_adverts other than 3": router.down_timer_adverts != 3,
        "no addresses": not router.addresses,
        "vmac_xmit_base": router.vmac is not None and router.vmac.transmit_base,
    }
    findings = [("strict", f"{what} in strict mode", strict) for what, is_wrong in wrong.items() if is_wrong]
    # "For IPv6, the first address MUST be the IPv6 link-local address associated with the Virtual Router."
    # RFC 9568 §5.2.9
    if router.family == 6 and router.addresses and not router.addresses[0].address.is_link_local:
        findings.append(("strict", f"first address {router.addresses[0].address} in strict mode", "a link-local one"))
    return findings


def _twins(configuration: Configuration) -> Iterator[Report]:
    seen: dict[tuple[str, int, int], str] = {}
    holders: dict[tuple[str, str], str] = {}
    for router in configuration.routers:
        key = router.interface, router.vrid, router.family
        if other := seen.get(key):
            message = f"{router.name}: virtual router id {router.vrid} on {router.interface} is {other}'s already"
            yield Report("vrrp.vrid-twice", message, "one of its own")
        seen[key] = router.name
        for each in router.addresses + router.excluded_addresses:
            place = str(each.address.ip), each.device or router.interface
            if other := holders.get(place):
                message = f"{router.name}: address {each.address.ip} is {other}'s already"
                yield Report("vrrp.address-twice", message, "each address once", severity=Severity.WARNING)
            holders[place] = router.name


def _unknown_groups(configuration: Configuration) -> Iterator[Report]:
    names = {group.name for group in configuration.groups}
    for router in configuration.routers:
        if router.sync_group and router.sync_group not in names:
            yield Report("vrrp.sync-group", f"{router.name}: sync group {router.sync_group} is not defined", "its name")
