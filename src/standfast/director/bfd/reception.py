"""What a packet must be like to be looked at: the rules of RFC 5880 §6.8.6 that need no session, in their order."""

from __future__ import annotations

import enum

from standfast.director.bfd.packets import (
    AUTHENTICATION,
    LENGTH,
    LENGTH_WITH_AUTHENTICATION,
    MULTIPOINT,
    VERSION,
    Packet,
    State,
    read,
)


class Drop(enum.StrEnum):
    """Why a packet was discarded; each is counted."""

    VERSION = "version"
    LENGTH = "length less than the minimum"
    PAYLOAD = "length greater than the payload"
    MULTIPLIER = "multiplier 0"
    MULTIPOINT = "multipoint"
    MY_DISCRIMINATOR = "my discriminator 0"
    NO_SESSION = "no session has this discriminator"
    YOUR_DISCRIMINATOR = "your discriminator 0 in another state than Down and AdminDown"
    NO_NEIGHBOR = "no session has this neighbour"
    TTL = "TTL"
    AUTHENTICATION = "authentication"
    ADMIN_DOWN = "the session is AdminDown"


def examine(payload: bytes) -> Packet | Drop:
    """Return a packet in which nothing is wrong by itself, or what is."""
    head = payload[:4].ljust(4, b"\0")
    first, flags, multiplier, length = head
    # "If the version number is not correct (1), the packet MUST be discarded." RFC 5880 §6.8.6
    if first >> 5 != VERSION:
        return Drop.VERSION
    # "If the Length field is less than the minimum correct value (24 if the A bit is clear, or 26 if the A bit is
    # set), the packet MUST be discarded." RFC 5880 §6.8.6
    if length < (LENGTH_WITH_AUTHENTICATION if flags & AUTHENTICATION else LENGTH):
        return Drop.LENGTH
    # "If the Length field is greater than the payload of the encapsulating protocol, the packet MUST be discarded."
    # RFC 5880 §6.8.6
    if length > len(payload):
        return Drop.PAYLOAD
    # "If the Detect Mult field is zero, the packet MUST be discarded." RFC 5880 §6.8.6
    if multiplier == 0:
        return Drop.MULTIPLIER
    # "If the Multipoint (M) bit is nonzero, the packet MUST be discarded." RFC 5880 §6.8.6
    if flags & MULTIPOINT:
        return Drop.MULTIPOINT
    packet = read(payload)
    # "If the My Discriminator field is zero, the packet MUST be discarded." RFC 5880 §6.8.6
    if packet.my_discriminator == 0:
        return Drop.MY_DISCRIMINATOR
    return packet


def is_first_contact(packet: Packet) -> bool:
    """Return whether a packet may lack Your Discriminator."""
    # "If the Your Discriminator field is zero and the State field is not Down or AdminDown, the packet MUST be
    # discarded." RFC 5880 §6.8.6
    return packet.state in (State.DOWN, State.ADMIN_DOWN)


def is_authenticated(payload: bytes) -> bool:
    """Return whether a packet claims authentication."""
    return bool(payload[1] & AUTHENTICATION)
