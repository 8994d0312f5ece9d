"""All BFD sessions of one machine, and which packet is whose. Pure: `handle(event, now_ns) -> effects`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from standfast.director.bfd import events as ev
from standfast.director.bfd.configuration import Configuration, SessionConfiguration
from standfast.director.bfd.draws import Draws
from standfast.director.bfd.events import Effect
from standfast.director.bfd.packets import Datagram, Packet
from standfast.director.bfd.reception import Drop, examine, is_authenticated, is_first_contact
from standfast.director.bfd.session import Session


class To(msgspec.Struct, frozen=True):
    """Event: this is for one session."""

    session: str
    event: ev.SessionEvent


YOURS = slice(8, 12)
"""Where Your Discriminator stands. Source: RFC 5880 §4.1."""
_NOTHING: tuple[bytes, int, None] = b"", 0, None
Event = To | ev.Configured | ev.Arrived | ev.Shutdown


class Machine:
    """`sessions` by name, for reading. `seed` decides discriminators and jitter: a random one is best."""

    def __init__(self, seed: int) -> None:
        self.sessions: dict[str, Session] = {}
        self.dropped: Counter[Drop] = Counter()
        self._draws = Draws(seed)
        self._by_discriminator: dict[int, Session] = {}
        self._by_addresses: dict[tuple[bytes, bytes], Session] = {}
        self._last: dict[bytes, tuple[bytes, int, Session]] = {}
        """By Your Discriminator: the last packet that changes nothing when it comes again, its TTL, whose it was."""

    def handle(self, event: Event, now_ns: int) -> list[Effect]:
        """Return what follows from an event."""
        match event:
            case ev.Arrived(datagram):
                return self._arrived(datagram, now_ns)
            case To(name, inner):
                session = self.sessions.get(name)
                return session.handle(inner, now_ns) if session else []
            case ev.Configured(configuration):
                return list(self._configured(configuration, now_ns))
            case ev.Shutdown():
                effects = [effect for each in self.sessions.values() for effect in each.handle(event, now_ns)]
                self.sessions = {}
                self._index()
                return effects

    # -- which sessions there are

    def _configured(self, configuration: Configuration, now_ns: int) -> Iterator[Effect]:
        """Begin and end sessions; one that is as it was goes on."""
        wanted = {session.name: session for session in configuration.sessions}
        for name, session in list(self.sessions.items()):
            if session.configuration != wanted.get(name):
                del self.sessions[name]
                yield from session.handle(ev.Removed(), now_ns)
        fresh = [self._begin(each) for name, each in wanted.items() if name not in self.sessions]
        self._index()
        for session in fresh:
            yield from session.handle(ev.Startup(), now_ns)

    def _begin(self, configuration: SessionConfiguration) -> Session:
        # "bfd.LocalDiscr: The local discriminator for this BFD session, used to uniquely identify it. It MUST be
        # unique across all BFD sessions on this system, and nonzero." RFC 5880 §6.8.1
        taken = {session.discriminator for session in self.sessions.values()}
        discriminator = self._draws.discriminator()
        while discriminator in taken:
            discriminator = self._draws.discriminator()
        self.sessions[configuration.name] = session = Session(configuration, discriminator, self._draws)
        return session

    def _index(self) -> None:
        sessions = self.sessions.values()
        self._last = {}
        self._by_discriminator = {session.discriminator: session for session in sessions}
        self._by_addresses = {
            (session.configuration.neighbor.packed, source.packed if source else b""): session
            for session in sessions
            for source in (session.configuration.source,)
        }

    # -- whose a packet is

    def _arrived(self, datagram: Datagram, now_ns: int) -> list[Effect]:
        key = datagram.payload[YOURS]
        payload, ttl, known = self._last.get(key, _NOTHING)
        if known and payload == datagram.payload and ttl == datagram.ttl and known.hear_again(now_ns):
            return []
        found = examine(datagram.payload)
        session = self._select(found, datagram) if isinstance(found, Packet) else found
        if isinstance(session, Drop):
            self.dropped[session] += 1
            return []
        assert isinstance(found, Packet), "a session was selected by it"
        event = ev.PacketReceived(found, datagram.ttl, is_authenticated(datagram.payload))
        effects = session.handle(event, now_ns)
        if session.steady is found:
            self._last[key] = datagram.payload, datagram.ttl, session
        return effects

    def _select(self, packet: Packet, datagram: Datagram) -> Session | Drop:
        # "If the Your Discriminator field is nonzero, it MUST be used to select the session with which this BFD packet
        # is associated. If no session is found, the packet MUST be discarded." RFC 5880 §6.8.6
        if packet.your_discriminator:
            return self._by_discriminator.get(packet.your_discriminator, Drop.NO_SESSION)
        if not is_first_contact(packet):
            return Drop.YOUR_DISCRIMINATOR
        # "If the Your Discriminator field is zero, the session MUST be selected based on some combination of other
        # fields, possibly including source addressing information". RFC 5880 §6.8.6
        anywhere = self._by_addresses.get((datagram.source, b""))
        return self._by_addresses.get((datagram.source, datagram.destination)) or anywhere or Drop.NO_NEIGHBOR
