"""One fault under load, and what must hold afterwards."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field

from chaos import faults, workload
from chaos.harness import LIMIT_S, NotInTimeError, World

from standfast.errors import StandfastError

BEFORE_S = 0.5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was seen: seconds from healing to rest, who was fenced, what was written, what must not have happened."""

    strike: faults.Strike
    rest_s: float
    fenced: tuple[str, ...]
    acknowledged: int
    attempts: int
    moves: int
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = f"{self.strike!s:<28} rest {self.rest_s:5.1f} s  fenced {' '.join(self.fenced) or '-':<9}"
        said += f" writes {self.acknowledged}/{self.attempts} moves {self.moves}"
        return "\n  ".join([said, *self.wrong])


def strike(world: World, what: faults.Strike, chance: random.Random, *, moves: bool = True,
           limit_s: float = LIMIT_S) -> Outcome:  # fmt: skip
    """Let a fault happen while the workload runs, heal it, and look until the cluster is at rest."""
    load = workload.Workload(world, chance, moves)
    begun_ms = time.monotonic() * 1000
    before = _Before(world)
    load.start()
    try:
        time.sleep(BEFORE_S)
        what.fault.apply(world, what.node)
        time.sleep(what.hold_s)
        what.fault.heal(world, what.node)
    finally:
        healed = time.monotonic()
        load.end()
    wrong = []
    try:
        world.wait_for_rest(limit_s)
    except NotInTimeError as late:
        wrong.append(str(late))
    rest_s = time.monotonic() - healed
    wrong += _wrong(world, load, before)
    fenced = tuple(world.fenced(begun_ms))
    if what.fault.harmless and fenced and world.losses() == before.losses:
        wrong.append(f"fenced because of a {what.fault.name}, and Corosync lost nobody")
    outcome = Outcome(what, rest_s, fenced, len(load.acknowledged), load.attempts, load.moves, wrong)
    if not wrong:
        workload.tidy(world)
    return outcome


class _Before:
    """What was there before the fault."""

    def __init__(self, world: World) -> None:
        self.faults = len(world.faults_of_ours())
        self.violations = world.violations()
        self.losses = world.losses()


def _wrong(world: World, load: workload.Workload, before: _Before) -> list[str]:
    """Return what must not have happened, in words."""
    wrong = [f"active twice: {line}" for line in world.violations().removeprefix(before.violations).splitlines()]
    wrong += [f"fault of ours: {line}" for line in world.faults_of_ours()[before.faults :]]
    for name in world.names:
        try:
            lost = load.lost(world.api(name, 30).document())
        except StandfastError as error:
            wrong.append(str(error))
        else:
            if lost:
                wrong.append(f"acknowledged and not in the document of {name}: {len(lost)}, first {lost[0]}")
    return wrong
