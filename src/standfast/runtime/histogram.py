"""A histogram of durations with a fixed number of buckets: percentiles without keeping the samples."""

from __future__ import annotations

from collections.abc import Sequence

BOUNDS_MS = (0.5, 1, 2, 5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10000, 60000)


class Histogram:
    """Counts samples by upper bound, in milliseconds. The last bucket has no bound. Invariant: sum(counts) == total."""

    __slots__ = ("bounds", "counts", "maximum", "sum", "total")

    def __init__(self, bounds: Sequence[float] = BOUNDS_MS) -> None:
        assert list(bounds) == sorted(set(bounds)), "bounds grow"
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        self.total = 0
        self.sum = 0.0
        self.maximum = 0.0

    def add(self, value: float) -> None:
        """Count one sample; what is below 0 counts as 0."""
        value = max(value, 0.0)
        at = next((i for i, bound in enumerate(self.bounds) if value <= bound), len(self.bounds))
        self.counts[at] += 1
        self.total += 1
        self.sum += value
        self.maximum = max(self.maximum, value)

    def merge(self, other: Histogram) -> None:
        """Count the samples of another one, of the same bounds, too."""
        assert self.bounds == other.bounds, "counts of different buckets cannot be added"
        self.counts = [a + b for a, b in zip(self.counts, other.counts, strict=True)]
        self.total += other.total
        self.sum += other.sum
        self.maximum = max(self.maximum, other.maximum)

    def percentile(self, share: float) -> float:
        """Return the bound that this share (0 to 1) of the samples does not exceed; the maximum for the last bucket,
        0 without samples."""
        assert 0 <= share <= 1
        wanted, seen = share * self.total, 0
        for bound, count in zip(self.bounds, self.counts, strict=False):
            seen += count
            if seen >= wanted and seen:
                return min(float(bound), self.maximum)
        return self.maximum

    def cumulative(self) -> list[tuple[float, int]]:
        """Return how many samples do not exceed each bound, as Prometheus wants it; the last bound is infinite."""
        seen, result = 0, []
        for bound, count in zip((*self.bounds, float("inf")), self.counts, strict=True):
            seen += count
            result.append((float(bound), seen))
        return result
