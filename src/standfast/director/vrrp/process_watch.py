"""Tracked processes: which ones are counted, and whether there are enough. Source: keepalived.conf(5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from standfast.director.events import Level, Log
from standfast.director.vrrp.events import TrackChanged
from standfast.director.vrrp.tracked_things import NAME_LENGTH_MAX, Parameters, TrackKind, TrackProcess
from standfast.director.vrrp.tracking import Reading
from standfast.runtime import CancelTimer, SetTimer

Effect = SetTimer | CancelTimer | TrackChanged | Log


def matches(wanted: TrackProcess, name: str, command: tuple[str, ...]) -> bool:
    """Return whether a process is one of these. A zombie has no command line and an empty name here."""
    if not wanted.by_command_line:
        return name == wanted.process[:NAME_LENGTH_MAX]
    if not command or command[0] != wanted.process:
        return False
    given, expected = command[1:], wanted.arguments
    match wanted.match:
        case Parameters.ANY:
            return True
        case Parameters.EXACT:
            return given == expected
        case Parameters.PARTIAL:
            return given[: len(expected)] == expected
        case Parameters.INITIAL:
            return _begins(given, expected)


def _begins(given: tuple[str, ...], expected: tuple[str, ...]) -> bool:
    if not expected:
        return True
    last = len(expected) - 1
    return len(given) > last and given[:last] == expected[:last] and given[last].startswith(expected[last])


class ProcessWatch:
    """Which of this machine's processes are tracked ones. `names_only`: nobody need read a command line."""

    def __init__(self) -> None:
        self._wanted: dict[str, TrackProcess] = {}
        self._counted: dict[int, frozenset[str]] = {}
        self._counts: Counter[str] = Counter()
        self._up: dict[str, bool] = {}
        self._pending: dict[str, tuple[bool, int]] = {}
        self._generation = 0

    @property
    def names_only(self) -> bool:
        """Return whether no command line counts."""
        return not any(each.by_command_line for each in self._wanted.values())

    def configure(self, processes: Iterable[TrackProcess]) -> None:
        """Look for these from now on; a whole look must follow."""
        self._wanted = {each.name: each for each in processes}
        self._counted.clear()
        self._counts.clear()
        self._up = {name: up for name, up in self._up.items() if name in self._wanted}
        self._pending.clear()

    def looked(self, found: Iterable[tuple[int, str, tuple[str, ...]]]) -> Iterator[Effect]:
        """Take a look at all processes: number, name, command line."""
        self._counted.clear()
        self._counts.clear()
        for pid, name, command in found:
            self._note(pid, name, command)
        for each in self._wanted.values():
            yield from self._judge(each)

    def readings(self) -> Iterator[TrackChanged]:
        """Return what is known."""
        for name, up in self._up.items():
            yield TrackChanged(TrackKind.PROCESS.named(name), Reading(up))

    def seen(self, pid: int, name: str, command: tuple[str, ...], forked: bool = False) -> Iterator[Effect]:
        """Take a process that is new (`forked`: as a copy of another), or is another program now."""
        before = self._counted.get(pid, frozenset())
        self._note(pid, name, command)
        for each in sorted(before ^ self._counted.get(pid, frozenset())):
            yield from self._judge(self._wanted[each], forked)

    def gone(self, pid: int) -> Iterator[Effect]:
        """Take a process's end."""
        if pid in self._counted:
            yield from self.seen(pid, "", (), forked=True)

    def _note(self, pid: int, name: str, command: tuple[str, ...]) -> None:
        self._counts.subtract(self._counted.pop(pid, frozenset()))
        found = frozenset(each.name for each in self._wanted.values() if matches(each, name, command))
        if found:
            self._counted[pid] = found
            self._counts.update(found)

    def _judge(self, wanted: TrackProcess, delayed: bool = True) -> Iterator[Effect]:
        """Decide. Forks and ends wait for their delay; a program that begins does not. Source: keepalived 2.2.7."""
        up = wanted.quorum <= self._counts[wanted.name] <= wanted.quorum_max
        known, pending = self._up.get(wanted.name), self._pending.get(wanted.name)
        if known is up:
            if self._pending.pop(wanted.name, None):
                yield CancelTimer(_timer(wanted))
            return
        delay_ms = wanted.fork_delay_ms if up else wanted.terminate_delay_ms
        if known is None or not delayed or not delay_ms:
            yield from self._turn(wanted, up)
        elif pending is None:
            self._generation += 1
            self._pending[wanted.name] = up, self._generation
            yield SetTimer(_timer(wanted), self._generation, delay_ms)

    def waited(self, name: str, generation: int) -> Iterator[Effect]:
        """Take the end of a delay: what is still so counts."""
        up, expected = self._pending.get(name, (False, -1))
        if expected == generation:
            yield from self._turn(self._wanted[name], up)

    def _turn(self, wanted: TrackProcess, up: bool) -> Iterator[Effect]:
        if self._pending.pop(wanted.name, None):
            yield CancelTimer(_timer(wanted))
        self._up[wanted.name] = up
        level, word = (Level.NOTICE, "gained") if up else (Level.WARNING, "lost")
        yield Log(level, f"process {wanted.name}: quorum {word}: {self._counts[wanted.name]} run")
        yield TrackChanged(TrackKind.PROCESS.named(wanted.name), Reading(up))


def _timer(wanted: TrackProcess) -> str:
    return TrackKind.PROCESS.named(wanted.name)
