"""Random numbers that a seed decides."""

from __future__ import annotations

from standfast.director.bfd.draws import Draws


def test_known_sequence() -> None:
    """A world that failed could not be run again; the numbers are those of the published algorithm for seed 0."""
    draws = Draws(0)
    assert [draws.word() for _ in range(3)] == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_discriminators_are_never_zero() -> None:
    """The neighbour would discard every packet. RFC 5880 §6.8.1."""
    draws = Draws(1)
    assert all(0 < draws.discriminator() < 2**32 for _ in range(1000))


def test_fractions() -> None:
    """Jitter would be outside of its bounds."""
    draws = Draws(2)
    drawn = [draws.fraction() for _ in range(1000)]
    assert 0 <= min(drawn) < 0.05
    assert 0.95 < max(drawn) < 1
