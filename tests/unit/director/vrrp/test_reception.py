"""RFC 9568 §7.1 and RFC 3768 §7.1: what is not taken for an advert."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_interface
from typing import Any

import pytest
from msgspec.structs import replace

from standfast.director import vrrp
from standfast.director.vrrp.checksum import checksum
from standfast.director.vrrp.packets import Datagram
from standfast.director.vrrp.reception import Advert, ChecksumForm, Drop, Reception

HERE, OTHER = ip_address("10.78.0.5").packed, ip_address("10.78.0.1").packed
OTHERS = (vrrp.VirtualAddress(ip_interface("10.78.0.101/24")),)
BOTH = (*OTHERS, vrrp.VirtualAddress(ip_interface("10.78.0.100/24")))
PASS = vrrp.Authentication(vrrp.AuthType.PASS, b"secret")
AH = vrrp.Authentication(vrrp.AuthType.AH, b"secret")


Maker = Callable[..., Any]


@pytest.fixture
def judge(advert: Maker, virtual_router: Maker) -> Maker:
    """Return what a router makes of an advert of one that is configured otherwise, changed on the way."""

    def judged(ours: dict[str, Any], theirs: dict[str, Any], **wire: Any) -> Advert | Drop:
        mine = virtual_router(**ours)
        return Reception(mine).judge(replace(advert(mine, 100, **theirs), **wire), HERE)

    return judged


@pytest.fixture
def changed(advert: Maker, virtual_router: Maker) -> Maker:
    """Return what is made of an advert with one byte of its message changed, checksum made right."""

    def judged(at: int, to: int) -> Advert | Drop:
        mine = virtual_router(v3_checksum_as_v2=True)
        payload = bytearray(advert(mine, 100).payload)
        payload[at] = to
        payload[6:8] = b"\0\0"
        payload[6:8] = checksum(bytes(payload)).to_bytes(2)
        return Reception(mine).judge(replace(advert(mine, 100), payload=bytes(payload)), HERE)

    return judged


def test_7_1_ttl(judge: Maker) -> None:
    """Somebody behind a router could take the address. RFC 9568 §5.1.1.3."""
    assert judge({}, {}, ttl=254) is Drop.TTL


def test_7_1_version(judge: Maker) -> None:
    """An advert would be read by the wrong layout."""
    assert judge({"version": 3}, {"version": 2}) is Drop.VERSION
    assert judge({"version": 2}, {"version": 3}) is Drop.VERSION


def test_7_1_type(changed: Maker) -> None:
    """What is no advert would keep a Backup quiet. RFC 9568 §5.2.2."""
    assert changed(0, 0x32) is Drop.TYPE


def test_7_1_complete(judge: Maker, advert: Maker, virtual_router: Maker) -> None:
    """A short packet would be read past its end."""
    whole = advert(virtual_router(), 100).payload
    for length in range(len(whole)):
        assert judge({}, {}, payload=whole[:length]) is Drop.LENGTH
    assert judge({}, {}, payload=whole + b"\0") is Drop.LENGTH


def test_7_1_checksum(judge: Maker, advert: Maker, virtual_router: Maker) -> None:
    """A bit that fell over on the wire would make somebody Active."""
    whole = bytearray(advert(virtual_router(), 100).payload)
    whole[2] ^= 1
    assert judge({}, {}, payload=bytes(whole)) is Drop.CHECKSUM


@pytest.mark.parametrize(("theirs", "form"), [(True, ChecksumForm.PLAIN), (False, ChecksumForm.PSEUDO_HEADER)])
def test_5_2_8_both_readings_of_the_checksum_are_taken(theirs: bool, form: ChecksumForm, judge: Maker) -> None:
    """Routers of RFC 9568 and of RFC 5798 as commonly read would each be Active."""
    verdict = judge({}, {"v3_checksum_as_v2": theirs})
    assert isinstance(verdict, Advert)
    assert verdict.form is form


def test_7_1_vrid(judge: Maker) -> None:
    """Another virtual router's advert would count."""
    assert judge({}, {"vrid": 52}) is Drop.VRID


def test_5_2_5_a_count_of_0_is_ignored(judge: Maker) -> None:
    """An empty advert would keep a Backup quiet. RFC 9568 §5.2.5."""
    assert judge({}, {"addresses": ()}) is Drop.COUNT


def test_7_1_an_interval_of_0_is_refused(changed: Maker) -> None:
    """The Active_Down_Interval would be nothing, and the Backup Active at once."""
    assert changed(5, 0) is Drop.INTERVAL


def test_rfc3768_7_1_the_interval_must_be_ours(judge: Maker) -> None:
    """A Backup with a shorter interval would take over from a live one."""
    assert judge({"version": 2}, {"advertisement_interval_cs": 200}) is Drop.INTERVAL


def test_7_1_addresses_must_be_ours(judge: Maker) -> None:
    """Two machines with different addresses would take one another for a pair."""
    assert judge({}, {"addresses": OTHERS}) is Drop.ADDRESSES
    assert judge({}, {"addresses": BOTH}) is Drop.COUNT
    assert isinstance(judge({"check_addresses": False}, {"addresses": OTHERS}), Advert)


def test_known_addresses_are_compared_when_the_source_changes(advert: Maker, virtual_router: Maker) -> None:
    """`skip_check_adv_addr` would never or always compare."""
    mine = virtual_router(skip_known_addresses=True)
    reception = Reception(mine)
    assert isinstance(reception.judge(advert(mine, 100), HERE), Advert)
    assert isinstance(reception.judge(advert(mine, 100, addresses=OTHERS), HERE), Advert)
    third = ip_address("10.78.0.7").packed
    assert reception.judge(advert(mine, 100, third, addresses=OTHERS), HERE) is Drop.ADDRESSES


def test_rfc2338_the_password(judge: Maker) -> None:
    """Who does not know the password could take the address."""
    wrong = vrrp.Authentication(vrrp.AuthType.PASS, b"secrets")
    assert judge({"version": 2, "authentication": PASS}, {"authentication": wrong}) is Drop.AUTH_PASSWORD
    assert judge({"version": 2, "authentication": PASS}, {"authentication": None}) is Drop.AUTH_TYPE
    assert judge({"version": 2}, {"authentication": PASS}) is Drop.AUTH_TYPE
    assert judge({"version": 2, "authentication": PASS}, {"authentication": AH}) is Drop.AUTH_TYPE
    assert isinstance(judge({"version": 2, "authentication": PASS}, {}), Advert)


def test_rfc2402_the_digest(judge: Maker, advert: Maker, virtual_router: Maker) -> None:
    """Who does not know the key, or changes an advert, could take the address."""
    wrong = vrrp.Authentication(vrrp.AuthType.AH, b"other")
    assert judge({"version": 2, "authentication": AH}, {"authentication": wrong}) is Drop.AUTH_DIGEST
    assert judge({"version": 2, "authentication": AH}, {"authentication": None}) is Drop.AUTH_TYPE
    assert judge({"version": 2, "authentication": AH}, {}, source=ip_address("10.78.0.8").packed) is Drop.AUTH_DIGEST
    payload = bytearray(advert(virtual_router(version=2, authentication=AH), 100).payload)
    payload[-15] ^= 1
    assert judge({"version": 2, "authentication": AH}, {}, payload=bytes(payload)) is Drop.AUTH_DIGEST


def test_rfc2402_an_advert_said_again_is_refused(advert: Maker, virtual_router: Maker) -> None:
    """A recorded advert could silence the Backups for ever."""
    mine = virtual_router(version=2, authentication=AH)
    reception = Reception(mine)
    old = advert(mine, 100)
    assert isinstance(reception.judge(old, HERE), Advert)
    assert reception.judge(old, HERE) is Drop.AUTH_SEQUENCE
    reception.forget_sequences()
    assert isinstance(reception.judge(old, HERE), Advert)


def test_unicast_and_multicast_are_not_mixed(judge: Maker) -> None:
    """A multicast advert on another's segment would count where only peers should."""
    peers = vrrp.Unicast((vrrp.Peer(ip_address(OTHER)),))
    assert judge({"unicast": peers}, {"unicast": None}) is Drop.DESTINATION
    assert judge({}, {"unicast": peers}) is Drop.DESTINATION
    assert isinstance(judge({"unicast": peers}, {}, ttl=64), Advert)


def test_unicast_sources_and_ttls(judge: Maker) -> None:
    """Anybody who can route a packet to us could take the address."""
    stranger = vrrp.Peer(ip_address("10.78.0.77"))
    checking = vrrp.Unicast((stranger,), check_source=True)
    assert judge({"unicast": checking}, {}) is Drop.SOURCE
    limited = vrrp.Unicast((vrrp.Peer(ip_address(OTHER), ttl_min=250),))
    assert judge({"unicast": limited}, {}, ttl=249) is Drop.TTL
    assert isinstance(judge({"unicast": limited}, {}, ttl=250), Advert)
    elsewhere = vrrp.Unicast((vrrp.Peer(stranger.address, ttl_min=250),))
    assert judge({"unicast": elsewhere}, {}) is Drop.SOURCE


def test_our_own_adverts_are_not_heard(judge: Maker) -> None:
    """A twin of our address would make both answer each other without end."""
    assert judge({}, {}, source=HERE) is Drop.OWN


def test_what_is_dropped_is_counted(advert: Maker, virtual_router: Maker) -> None:
    """Nobody could say why a pair does not agree."""
    mine = virtual_router()
    reception = Reception(mine)
    for ttl in (1, 2, 255):
        reception.judge(replace(advert(mine, 100), ttl=ttl), HERE)
    assert reception.dropped == {Drop.TTL: 2}


def test_the_same_bytes_from_elsewhere_are_looked_at_again(advert: Maker, virtual_router: Maker) -> None:
    """What was good of one would be good of all."""
    mine = virtual_router()
    reception = Reception(mine)
    good = advert(mine, 100)
    assert isinstance(reception.judge(good, HERE), Advert)
    assert reception.judge(good, HERE) is reception.judge(good, HERE)
    assert reception.judge(replace(good, ttl=3), HERE) is Drop.TTL
    other = Datagram(ip_address("10.78.0.3").packed, good.destination, 255, good.payload)
    assert reception.judge(other, HERE) is Drop.CHECKSUM
