"""DNS_CHECK, UDP_CHECK and PING_CHECK: one datagram out, and what comes back in time."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable

from standfast.director.checks import Connect, DnsCheck, PingCheck, Result, UdpCheck, datagrams
from standfast.director.events import Target
from standfast.director.live.probes.connecting import new_socket

_DATAGRAM_MAX = 65535
_IPV4_HEADER_WORDS = 0x0F


async def ask(connect: Connect, made: socket.socket, data: bytes, judge: Callable[[bytes], Result | None]) -> Result:
    """Send a datagram on a connected socket; return what the first answer that counts says. Raises: OSError."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(connect.timeout_ms / 1000):
            await loop.sock_sendall(made, data)
            while True:
                result = judge(await loop.sock_recv(made, _DATAGRAM_MAX))
                if result is not None:
                    return result
    except TimeoutError:
        return Result(False, "no answer in time")


def connected_datagrams(connect: Connect, target: Target) -> socket.socket:
    """Return a UDP socket that hears this target only, and ICMP errors about it. Raises: OSError."""
    made = new_socket(connect, target.address, socket.SOCK_DGRAM)
    try:
        made.connect((str(target.address), target.port))
    except BaseException:
        made.close()
        raise
    return made


async def dns(kind: DnsCheck, target: Target) -> Result:
    """Ask a name server."""
    number = random.getrandbits(16)
    with connected_datagrams(kind.connect, target) as made:
        return await ask(
            kind.connect, made, datagrams.dns_query(kind, number), lambda d: datagrams.dns_answer(number, d)
        )


async def udp(kind: UdpCheck, target: Target) -> Result:
    """Send the payload. Without `require_reply` silence is good, and only an ICMP error fails it."""
    with connected_datagrams(kind.connect, target) as made:
        result = await ask(kind.connect, made, kind.payload, lambda d: datagrams.udp_reply(kind, d))
    silence = not result.ok and result.reason == "no answer in time"
    return Result(True) if silence and not kind.require_reply else result


async def ping(kind: PingCheck, target: Target) -> Result:
    """Send one echo request. Where the kernel's ping sockets are not allowed a raw one is used."""
    version, sequence = target.address.version, random.getrandbits(16)
    made, raw = _echo_socket(kind.connect, target)
    identity = random.getrandbits(16)

    def judge(data: bytes) -> Result | None:
        if raw and version == 4:
            data = data[(data[0] & _IPV4_HEADER_WORDS) * 4 :] if data else data
        ours = not raw or data[4:6] == identity.to_bytes(2, "big")
        return Result(True) if ours and datagrams.is_echo_reply(version, data, sequence) else None

    with made:
        made.connect((str(target.address), 0))
        return await ask(kind.connect, made, datagrams.echo_request(version, identity, sequence), judge)


def _echo_socket(connect: Connect, target: Target) -> tuple[socket.socket, bool]:
    protocol = socket.IPPROTO_ICMPV6 if target.address.version == 6 else socket.IPPROTO_ICMP
    try:
        return new_socket(connect, target.address, socket.SOCK_DGRAM, protocol), False
    except PermissionError:
        return new_socket(connect, target.address, socket.SOCK_RAW, protocol), True
