"""Random numbers from a seed that whoever runs a machine passes in: jitter and discriminators."""

from __future__ import annotations

_MASK = 2**64 - 1


class Draws:
    """A sequence that a seed determines. Source: SplitMix64 (Steele, Lea, Flood: Fast splittable PRNGs, 2014)."""

    def __init__(self, seed: int) -> None:
        self._state = seed & _MASK

    def word(self) -> int:
        """Return a number of 0..2^64-1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB & _MASK
        return mixed ^ mixed >> 31

    def fraction(self) -> float:
        """Return a number of 0..1, 1 not included."""
        return (self.word() >> 11) / 2**53

    def discriminator(self) -> int:
        """Return a number of 1..2^32-1."""
        return 1 + self.word() % (2**32 - 1)
