"""What checks send in single datagrams, and whether the answers are right: DNS, ICMP echo, UDP."""

from __future__ import annotations

import struct

from standfast.director.checks.kinds import DnsCheck, UdpCheck
from standfast.director.checks.verdicts import Result

DNS_TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28}
_ECHO_REQUEST = {4: 8, 6: 128}
_ECHO_REPLY = {4: 0, 6: 129}
_ECHO_DATA = b"standfast" * 4
_RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")


def dns_query(check: DnsCheck, number: int) -> bytes:
    """Return the question, with recursion desired. Source: RFC 1035 §4.1."""
    labels = [label.encode("idna" if not label.isascii() else "ascii") for label in check.name.split(".") if label]
    name = b"".join(bytes((len(label),)) + label for label in labels) + b"\0"
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + name + struct.pack("!2H", DNS_TYPES.get(check.type, 6), 1)


def dns_answer(number: int, data: bytes) -> Result | None:
    """Return what a datagram says, None if it is no answer to this question."""
    if len(data) < 12:
        return None
    answered, flags = struct.unpack_from("!2H", data)
    if answered != number or not flags & 0x8000:
        return None
    rcode = flags & 0xF
    return Result(rcode == 0, "" if rcode == 0 else f"rcode {_RCODES[rcode] if rcode < len(_RCODES) else rcode}")


def echo_request(version: int, identity: int, sequence: int) -> bytes:
    """Return an ICMP echo request; the kernel computes version 6's checksum. Source: RFC 792, RFC 4443 §4.1."""
    head = struct.pack("!2BHHH", _ECHO_REQUEST[version], 0, 0, identity, sequence)
    if version == 6:
        return head + _ECHO_DATA
    checksum = _internet_checksum(head + _ECHO_DATA)
    return head[:2] + struct.pack("!H", checksum) + head[4:] + _ECHO_DATA


def is_echo_reply(version: int, data: bytes, sequence: int) -> bool:
    """Return whether a message is the reply; the kernel gives us those of our identity only."""
    if len(data) < 8:
        return False
    kind, _, _, _, answered = struct.unpack_from("!2BHHH", data)
    return bool(kind == _ECHO_REPLY[version] and answered == sequence)


def _internet_checksum(data: bytes) -> int:
    """Return the checksum of an even number of bytes. Source: RFC 1071."""
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def udp_reply(check: UdpCheck, data: bytes) -> Result:
    """Return whether a reply is the one that is required."""
    if not check.require_reply:
        return Result(True)
    if not check.reply_length_min <= len(data) <= check.reply_length_max:
        return Result(False, f"a reply of {len(data)} bytes")
    if len(data) < len(check.reply):
        return Result(False, f"a reply of {len(data)} bytes")
    for at, (value, mask) in enumerate(check.reply):
        if (data[at] ^ value) & mask:
            return Result(False, f"the reply's byte {at + 1} is {data[at]:02x}")
    return Result(True)
