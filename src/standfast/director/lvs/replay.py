"""Recordings of a kernel's choices, asked again of our LVS schedulers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

import msgspec

from standfast.director.lvs import schedulers
from standfast.director.lvs.schedulers import Candidate, Flow
from standfast.director.lvs.services import FALLBACK, SOURCE_PORT, ServerKey, ServiceFlag

_FLAGS = {
    "sh-fallback": FALLBACK, "mh-fallback": FALLBACK, "flag-1": FALLBACK,
    "sh-port": SOURCE_PORT, "mh-port": SOURCE_PORT, "flag-2": SOURCE_PORT,
}  # fmt: skip


class Choice(msgspec.Struct, frozen=True):
    """One recorded choice and ours; real servers count from 1, None is a refused connection."""

    scheduler: str
    scenario: str
    step: int
    recorded: int | None
    ours: int | None

    @property
    def right(self) -> bool:
        """Return whether both are the same."""
        return self.recorded == self.ours


class _Service:
    """One virtual service in a replay: its scheduler and its real servers, newest first."""

    def __init__(self, name: str, recording: Mapping[str, Any]) -> None:
        scheduler, _, words = name.partition("+")
        flags = ServiceFlag.NONE
        for word in filter(None, words.replace("+", ",").split(",")):
            flags |= _FLAGS[word]
        self.by_mark = str(recording["service"]).startswith("-f")
        self.scheduler = schedulers.scheduler_of(scheduler, flags)
        self.weights: dict[int, tuple[int, int]] = {}
        self.order: list[int] = []
        self.opened = 0
        self.first_port = int(recording["first_source_port"])

    def edit(self, number: int, weight: int | None, counts: Mapping[int, tuple[int, int]]) -> None:
        """Add or edit a real server; weight None deletes it."""
        before = self.candidates(counts)
        if weight is None:
            self.order.remove(number)
            del self.weights[number]
        else:
            if number not in self.weights:
                self.order.insert(0, number)
            last = self.weights.get(number, (0, 0))[1]
            self.weights[number] = (weight, weight or last)
        self.scheduler = self.scheduler.changed(before, self.candidates(counts))

    def candidates(self, counts: Mapping[int, tuple[int, int]]) -> list[Candidate]:
        """Return the real servers with their counts, newest first."""
        return [Candidate(self._key(n), *self.weights[n], *counts.get(n, (0, 0))) for n in self.order]

    def _key(self, number: int) -> ServerKey:
        return ServerKey(ip_address(f"10.2.0.{10 + number}"), 0 if self.by_mark else 80)

    def choose(self, client: int, destination: int, counts: Mapping[int, tuple[int, int]]) -> int | None:
        """Return the number of the real server for the next connection."""
        self.opened += 1
        to = f"10.9.0.{1 + destination}" if self.by_mark else "10.1.0.100"
        flow = Flow(ip_address(f"10.1.0.{10 + client}"), self.first_port + self.opened, ip_address(to))
        chosen, self.scheduler = self.scheduler.choose(self.candidates(counts), flow)
        return next((n for n in self.order if chosen and self._key(n) == chosen.key), None)


def replay(recording: Mapping[str, Any]) -> Iterator[Choice]:
    """Yield every recorded choice beside ours; the form is that of the recordings' README."""
    for name, by_scenario in recording["sequences"].items():
        for scenario, sequence in by_scenario.items():
            yield from _sequence(name, scenario, recording["scenarios"][scenario], sequence)


def _sequence(name: str, scenario: str, script: Mapping[str, Any], sequence: Mapping[str, Any]) -> Iterator[Choice]:
    service, counts = _Service(name, sequence), dict[int, tuple[int, int]]()
    for number, weight in enumerate(script["weights"], 1):
        service.edit(number, weight, counts)
    for at, step in enumerate(script["steps"]):
        if step[0] == "o":
            ours = service.choose(step[1], step[2], counts)
            yield Choice(name, scenario, at, sequence["chosen"][at], ours)
        elif step[0] in ("w", "a"):
            service.edit(step[1], step[2], counts)
        elif step[0] == "d":
            service.edit(step[1], None, counts)
        counts = _counts(sequence["counts"][at])


def _counts(rows: Sequence[Sequence[int]]) -> dict[int, tuple[int, int]]:
    return {number: (active, inactive) for number, active, inactive in rows}
