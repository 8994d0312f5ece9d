"""What signals make keepalived write, as it writes it."""

from __future__ import annotations

import time
from ipaddress import ip_address, ip_interface, ip_network

from msgspec.structs import replace

from standfast.director import vrrp
from standfast.director.vrrp import events as ev
from standfast.director.vrrp import keepalived_dumps as dumps
from standfast.director.vrrp import metrics
from standfast.director.vrrp.router import Router
from standfast.director.vrrp.router_status import row

S = 1_000_000_000
HERE = ip_address("10.9.0.1")
ONE = vrrp.VirtualRouter(
    "VI_1", 51, "eth0", (vrrp.VirtualAddress(ip_interface("10.9.0.100/24"), "eth0", "eth0:1"),), priority=150,
    excluded_addresses=(vrrp.VirtualAddress(ip_interface("10.9.0.101/24")),),
    routes=(vrrp.VirtualRoute(ip_network("10.10.0.0/24"), ip_address("10.9.0.7"), "eth0"),),
    rules=(vrrp.VirtualRule(4, 1000, 100, ip_network("10.11.0.0/24")),),
    authentication=vrrp.Authentication(vrrp.AuthType.PASS, b"secret"),
)  # fmt: skip
RECORDED = {
    "iname": "VI_1", "dont_track_primary": 0, "skip_check_adv_addr": 0, "strict_mode": 0, "vmac_ifname": "",
    "ifp_ifname": "eth0", "master_priority": 0, "last_transition": 996.0, "garp_delay": 5, "garp_refresh": 0,
    "garp_rep": 5, "garp_refresh_rep": 1, "garp_lower_prio_delay": 5, "garp_lower_prio_rep": 5,
    "lower_prio_no_advert": 0, "higher_prio_send_advert": 0, "vrid": 51, "base_priority": 150,
    "effective_priority": 150, "vipset": True, "promote_secondaries": False, "adver_int": 1, "master_adver_int": 1,
    "accept": 1, "nopreempt": False, "preempt_delay": 0, "state": 2, "wantstate": 2, "version": 2,
    "smtp_alert": False, "notify_deleted": False,
    "vips": ["10.9.0.100/24 dev eth0 scope global label eth0:1 set"],
    "evips": ["10.9.0.101/24 dev eth0 scope global set"],
    "vroutes": ["prepend 10.10.0.0/24 via inet 10.9.0.7 dev eth0 proto 18"],
    "vrules": ["from 10.11.0.0/24 priority 1000 tos 0x0 protocol 18 lookup 100"],
    "auth_type": 1, "auth_data": "secret",
}  # fmt: skip
"""As keepalived 2.2.7 wrote it."""


def active(noun: vrrp.VirtualRouter) -> Router:
    """Return a router that became Active after 4 seconds."""
    router = Router(noun)
    router.handle(ev.InterfaceUp(HERE.packed), 0)
    router.handle(ev.Startup(), 0)
    for _ in range(2):
        router.handle(ev.TimerFired(ev.Timer.ACTIVE_DOWN, 1), 4 * S)
        router.handle(ev.QueueRead(), 4 * S)
    assert router.state is ev.State.ACTIVE
    return router


def test_the_json_dump_is_keepaliveds() -> None:
    """If this failed, exporters and scripts that read keepalived's dump would not understand ours."""
    (dumped,) = dumps.as_json([row(active(ONE), 8 * S)], 1000.0)
    assert dumped["data"] == RECORDED
    assert list(dumped["data"]) == list(RECORDED)
    assert dumped["stats"]["advert_sent"] == 1
    assert dumped["stats"]["become_master"] == 1


def test_the_statistics_are_keepaliveds() -> None:
    """If this failed, exporters that read the text would find nothing."""
    text = dumps.as_stats([row(active(ONE), 8 * S)])
    assert text.startswith("VRRP Instance: VI_1\n  Advertisements:\n    Received: 0\n    Sent: 1\n  Became master: 1\n")
    assert text.endswith("  Priority Zero:\n    Received: 0\n    Sent: 0\n")


def test_the_data_are_keepaliveds() -> None:
    """If this failed, tools that look for `State = MASTER` would find nothing."""
    router = active(replace(ONE, sync_group="G"))
    text = dumps.as_data([row(router, 8 * S)], {"G": "active"}, 1795935025.023279, time.ctime)
    for line in (
        " VRRP Instance = VI_1", "   Sync group = G", "   State = MASTER", "   Virtual Router ID = 51",
        "   Last transition = 1795935021.023279", "   Authentication type = SIMPLE_PASSWORD", "   Virtual IP (1):",
        "     10.9.0.100/24 dev eth0 scope global label eth0:1 set", "   Advert interval = 1 sec",
        " VRRP Sync Group = G, MASTER",
    ):  # fmt: skip
        assert f"\n{line}" in text, line
    assert ".023279 2026)" in text


def test_an_ipvlan_sends_and_holds_no_addresses() -> None:
    """If this failed, tools would look for the addresses on an interface that has none."""
    router = active(replace(ONE, ipvlan=vrrp.Ipvlan("ipv51", ip_interface("10.9.0.7/24"))))
    (dumped,) = dumps.as_json([row(router, 8 * S)], 1000.0)
    changed = {"vmac_ifname": "ipv51", "ifp_ifname": "ipv51"}
    assert dumped["data"] == RECORDED | changed
    assert "   Interface = ipv51, ipvlan on eth0\n" in dumps.as_data([row(router, 8 * S)], {}, 1000.0, time.ctime)


def test_a_virtual_mac_holds_the_addresses() -> None:
    """If this failed, tools would look for the addresses on the interface below."""
    router = active(replace(ONE, vmac=vrrp.Vmac()))
    (dumped,) = dumps.as_json([row(router, 8 * S)], 1000.0)
    assert dumped["data"]["vmac_ifname"] == dumped["data"]["ifp_ifname"] == "vrrp.51"
    assert dumped["data"]["evips"] == ["10.9.0.101/24 dev vrrp.51@eth0 scope global set"]
    assert "   Interface = vrrp.51, vmac on eth0\n" in dumps.as_data([row(router, 8 * S)], {}, 1000.0, time.ctime)


def test_metrics_have_the_exporters_names() -> None:
    """If this failed, dashboards and alerts made for keepalived would be empty."""
    text = metrics.text([row(active(ONE), 8 * S)], 3, 1)
    assert 'keepalived_vrrp_state{iname="VI_1",intf="eth0",vrid="51",ip_address="10.9.0.100"} 2\n' in text
    assert 'keepalived_vrrp_excluded_state{iname="VI_1",intf="eth0",vrid="51",ip_address="10.9.0.101"} 2\n' in text
    assert 'keepalived_advertisements_sent_total{iname="VI_1",intf="eth0",vrid="51"} 1\n' in text
    assert "# TYPE keepalived_become_master_total counter\n" in text
    assert "standfast_vrrp_unknown_vrids_total 3\n" in text
    assert 'standfast_vrrp_alarms{iname="VI_1",intf="eth0",vrid="51"} 0\n' in text
