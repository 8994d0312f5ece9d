"""Joining: rounds of introductions, and the state's way to those who do not have it.

Every round ends at the delivery of the last introduction: there the state is cut for the joiners. Until a joiner has
it whole, it keeps what is delivered and applies it afterwards. A new view or round begins everything anew, so a
sender that goes is replaced by the next.
"""

from __future__ import annotations

from collections.abc import Iterable

from standfast import cib
from standfast.controller import introductions, node_ids, replica
from standfast.controller.introductions import Decision
from standfast.controller.messages import Copy, Hello, SnapshotPart
from standfast.controller.replica import Replica
from standfast.controller.station import Station

PART_BYTES_MAX = 64 * 1024


class Joining:
    """This node's part in the rounds of its view."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self.stored = Stored()
        self.hellos: dict[int, Hello] = {}
        self.expected: frozenset[int] = frozenset()
        self.vouched: set[str] = set()
        self.decision: Decision | None = None
        self.queue: list[tuple[int, bytes]] = []
        self.previous = (0, 0)
        self._loader: replica.Loader | None = None
        self._next_part = 0

    def begin(self, members: Iterable[int], previous: tuple[int, int]) -> None:
        """Begin a round: say who we are."""
        self.hellos, self.decision, self.queue, self._loader = {}, None, [], None
        self.expected, self.previous = frozenset(members), previous
        self._station.send(self._hello())

    def abandon(self) -> None:
        """Take no part in the present round: another one was asked for."""
        self.hellos, self.expected, self.decision, self.queue, self._loader = {}, frozenset(), None, [], None

    def hear(self, sender: int, hello: Hello) -> bool:
        """Note an introduction; return whether the round is complete by it."""
        here = (self._station.view_id, self._station.round)
        if self.decision is not None or (hello.view, hello.round) != here or sender not in self.expected:
            return False
        self.hellos[sender] = hello
        return self.is_complete

    def exclude(self, nodes: Iterable[int]) -> None:
        """Wait no longer for these."""
        self.expected -= frozenset(nodes)
        for number in nodes:
            self.hellos.pop(number, None)

    @property
    def is_complete(self) -> bool:
        """Return whether everybody has said who they are."""
        return self.decision is None and bool(self.hellos) and self.expected <= self.hellos.keys()

    def decide(self) -> Decision:
        """Return whose state counts, by what was said."""
        view = self._station.view
        nodes = () if view is None else tuple(node.name for node in view.nodes)
        self.decision = introductions.decide(self.hellos, self._station.quorum, self.vouched, nodes)
        return self.decision

    def vouch(self, names: Iterable[str]) -> None:
        """Take an operator's word for the nodes that are missing (no name: for all of them)."""
        missing = () if self.decision is None else self.decision.missing
        self.vouched.update(tuple(names) or missing)

    def cold_replica(self, state: Replica | None = None) -> Replica:
        """Return a new state without status: the configuration of one that was left behind, else our stored copy."""
        stored = self.stored
        if state is None:
            kept = stored.document
            found = Replica(
                cib.Document.empty() if kept is None else kept.copy(), term=stored.term, voters=stored.members,
                forced=not stored.is_clean, change_term=stored.change_term, base=stored.base,
            )  # fmt: skip
        else:
            found = Replica(
                state.document.copy(), term=state.term, voters=state.voters, forced=state.forced,
                change_term=state.change_term, base=state.base,
            )  # fmt: skip
        status = found.document.root.find("status")
        if status is not None:
            found.document.root.remove(status)
        found.document.status  # noqa: B018 (makes the empty section)
        return found

    def send_state(self, state: Replica) -> None:
        """Multicast the state in parts."""
        data = replica.dump(state)
        parts = [data[i : i + PART_BYTES_MAX] for i in range(0, len(data), PART_BYTES_MAX)]
        station = self._station
        for number, part in enumerate(parts):
            station.send(SnapshotPart(station.view_id, station.round, number, len(parts), part))
        station.say("snapshot", f"the state goes to the joiners: {len(data)} bytes", "debug")

    def receive(self, sender: int, part: SnapshotPart) -> Replica | None:
        """Take a part; return the state once it is whole. Raises: RemoteProtocolError."""
        station, decision = self._station, self.decision
        if decision is None or sender != decision.source or (part.view, part.round) != (station.view_id, station.round):
            return None
        if part.index == 0:
            self._loader, self._next_part = replica.Loader(), 0
        if self._loader is None or part.index != self._next_part:
            return None
        self._loader.feed(part.data)
        self._next_part += 1
        if self._next_part < part.count:
            return None
        loader, self._loader = self._loader, None
        return loader.close()

    def _hello(self) -> Hello:
        station, state = self._station, self._station.replica
        document = self.stored.document if state is None else state.document
        version = cib.Version() if document is None else document.version
        return Hello(
            station.view_id,
            station.round,
            station.node.name,
            station.incarnation,
            Copy(
                self.stored.term if state is None else state.term,
                self.stored.is_clean if state is None else not state.forced,
                (version.admin_epoch, version.epoch, version.num_updates),
                self.stored.change_term if state is None else state.change_term,
                _base(self.stored, state, version),
            ),
            previous=self.previous,
            wall_s=station.now.wall_s,
            state="" if state is None else state.fingerprint(),
            quorate=state is not None and state.quorate,
            established=state is not None and state.established,
            members=self.stored.members if state is None else state.voters,
            nodes=() if document is None else tuple(node_ids.configured_names(document)),
            software=station.software,
            cpus=station.cpus,
        )


def _base(stored: Stored, state: Replica | None, version: cib.Version) -> tuple[int, int]:
    """Return up to which admin_epoch and epoch our copy counts."""
    clean, base = (stored.is_clean, stored.base) if state is None else (not state.forced, state.base)
    return (version.admin_epoch, version.epoch) if clean else base


class Stored:
    """The copy that this node keeps: at the start what the disk holds, later what was stored last."""

    def __init__(
        self,
        document: cib.Document | None = None,
        term: int = 0,
        members: tuple[str, ...] = (),
        change_term: int = 0,
        base: tuple[int, int] = (0, 0),
    ) -> None:
        self.document = document
        self.term = term
        self.members = members
        self.change_term = change_term
        self.base = base

    @property
    def is_clean(self) -> bool:
        """Return whether no view without quorum changed it: a stored copy says so by its `have-quorum`."""
        return self.document is None or self.document.root.get("have-quorum") != "0"
