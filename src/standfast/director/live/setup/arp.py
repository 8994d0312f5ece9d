"""ARP by hand: who answers for an address, and telling the neighbours who has it now."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Sequence
from ipaddress import IPv4Address

from standfast.director.live.setup.failures import SetupError

_ETH_ARP = 0x0806
_REQUEST, _REPLY = 1, 2
_ETHERNET = 1
_BROADCAST = b"\xff" * 6
_NOBODY = IPv4Address(0)
_PACKET = struct.Struct("!6s6sHHHBBH6s4s6s4s")
_ASKED_EVERY_S, _PATIENCE_S = 0.2, 0.7


def _packet(mac: bytes, source: IPv4Address, target: IPv4Address, target_mac: bytes = bytes(6)) -> bytes:
    """Return a question in its Ethernet frame. Source: RFC 826."""
    head = (_BROADCAST, mac, _ETH_ARP, 1, 0x0800, 6, 4, _REQUEST)
    return _PACKET.pack(*head, mac, source.packed, target_mac, target.packed)


def _open(link: str) -> socket.socket:
    try:
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_ARP))
        opened.bind((link, _ETH_ARP))
    except OSError as wrong:
        raise SetupError(f"ARP on {link}: {wrong.strerror}") from None
    return opened


def _is_ethernet(opened: socket.socket) -> bool:
    return bool(opened.getsockname()[3] == _ETHERNET)


def answering(link: str, addresses: Sequence[IPv4Address]) -> dict[IPv4Address, set[str]]:
    """Return the MAC addresses that answer for each address. Asks as RFC 5227 §2.1.1 does: nobody's entry changes.

    Takes 0.7 s. Raises: SetupError.
    """
    found: dict[IPv4Address, set[str]] = {}
    with _open(link) as opened:
        if not _is_ethernet(opened):
            return {}
        mac = opened.getsockname()[4]
        started = asked = time.monotonic()
        asked -= _ASKED_EVERY_S
        while (now := time.monotonic()) < started + _PATIENCE_S:
            if now >= asked + _ASKED_EVERY_S:
                asked = now
                for address in addresses:
                    opened.send(_packet(mac, _NOBODY, address))
            opened.settimeout(max(0.001, min(asked + _ASKED_EVERY_S, started + _PATIENCE_S) - now))
            try:
                frame = opened.recv(2048)
            except TimeoutError:
                continue
            answer = _answer(frame)
            if answer is not None and answer[0] in addresses:
                found.setdefault(answer[0], set()).add(answer[1])
    return found


def _answer(frame: bytes) -> tuple[IPv4Address, str] | None:
    """Return who says to have which address; None for what is no answer."""
    if len(frame) < _PACKET.size:
        return None
    fields = _PACKET.unpack_from(frame)
    if fields[2] != _ETH_ARP or fields[7] != _REPLY:
        return None
    return IPv4Address(fields[9]), fields[8].hex(":")


def announce(link: str, address: IPv4Address) -> None:
    """Tell the neighbours that the address is here now. Source: RFC 5227 §2.3. Raises: SetupError."""
    with _open(link) as opened:
        if _is_ethernet(opened):
            opened.send(_packet(opened.getsockname()[4], address, address))
