"""The sequence of faults that a seed gives."""

from __future__ import annotations

import random

import pytest
from chaos import faults

NAMES = ("n1", "n2", "n3")


def sequence(seed: int, only: tuple[str, ...] = ()) -> list[str]:
    chance = random.Random(seed)
    return [str(faults.draw(chance, NAMES, only)) for _ in range(200)]


def test_a_seed_gives_the_same_faults_again() -> None:
    """Nobody could repeat what went wrong."""
    assert sequence(7) == sequence(7)
    assert sequence(7) != sequence(8)


def test_every_fault_comes_about() -> None:
    """A kind of fault would never be tried."""
    assert {line.split()[0] for line in sequence(1)} == set(faults.NAMED)


@pytest.mark.parametrize("name", faults.NAMED)
def test_one_kind_can_be_asked_for(name: str) -> None:
    """Whoever looks for a cause would have to wait for the right fault."""
    assert {line.split()[0] for line in sequence(1, (name,))} == {name}
