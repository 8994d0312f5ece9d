"""Virtual MACs of single addresses, and what their interfaces are called."""

from __future__ import annotations

from standfast.dialects.keepalived import unsupported, vrrp_of
from standfast.director import vrrp
from standfast.director.vrrp.virtual_devices import devices, holder_of

TEXT = """vrrp_instance A {
    interface eth0
    virtual_router_id 51
    use_vmac
    garp_extra_if 100
    virtual_ipaddress {
        192.0.2.10/24 dev eth0
        198.51.100.10/24 dev eth1 use_vmac
        198.51.100.11/24 dev eth1
    }
    virtual_ipaddress_excluded {
        2001:db8::7/64
        2001:db8:1::7/64 dev eth1 use_vmac
        2001:db8:1::8/64 dev eth0 use_vmac
    }
}
vrrp_instance B {
    interface eth0
    virtual_router_id 52
    use_vmac_addr
    virtual_ipaddress {
        192.0.2.20/24
        192.0.2.21/24 dev eth0 use_vmac
        198.51.100.21/24 dev eth1
    }
    virtual_ipaddress_excluded {
        2001:db8:2::8/64
    }
}
vrrp_instance C {
    interface eth1
    virtual_router_id 52
    use_vmac
    virtual_ipaddress {
        198.51.100.30/24
    }
}
"""


def holders(router: vrrp.VirtualRouter) -> list[str]:
    return [holder_of(router, each) for each in router.addresses + router.excluded_addresses]


def test_addresses_are_where_keepalived_has_them(read) -> None:
    """An address would have another MAC than with keepalived on the other machine, and move with it."""
    source = read(TEXT)
    one, two, three = vrrp_of(source).configuration.routers
    assert holders(one) == ["vrrp.51", "vrrp1.51", "eth1", "eth0", "vrrp6.51", "vrrp2.51"]
    assert holders(two) == ["eth0", "vrrp.52", "vrrp1.52", "vrrp6.52"]
    assert holders(three) == ["vrrp1.52"]
    assert unsupported(source) == ()


def test_each_interface_has_the_mac_of_its_family(read) -> None:
    """A switch would see the wrong MAC, and IPv4's in IPv6."""
    one = vrrp_of(read(TEXT)).configuration.routers[0]
    made = {each.name: (each.interface, each.mac[4:].hex()) for each in devices(one)}
    assert made == {
        "vrrp.51": ("eth0", "0133"), "vrrp1.51": ("eth1", "0133"), "vrrp6.51": ("eth1", "0233"),
        "vrrp2.51": ("eth0", "0233"),
    }  # fmt: skip


def test_interfaces_that_hold_addresses_are_tracked(read) -> None:
    """A router whose second interface is down would keep addresses that nobody reaches."""
    one, two, three = vrrp_of(read(TEXT)).configuration.routers
    assert one.tracked == two.tracked == (vrrp.Tracked("interface:eth1", 0),)
    assert three.tracked == ()
    assert (one.garp.extra_ms, one.garp.extra_all, two.garp.extra_ms) == (100_000, False, 0)
