"""Scores and utilization as text. Source: `crm_simulate --show-scores --show-utilization`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from standfast.scheduler import ScoreLine, ScoreLineKind


def lines(scores: Sequence[ScoreLine], *, show_scores: bool, show_utilization: bool) -> Iterator[str]:
    """Yield the lines for what was asked for."""
    for line in scores:
        if line.kind in (ScoreLineKind.ALLOCATION, ScoreLineKind.PROMOTION):
            if show_scores:
                yield _score(line)
        elif show_utilization:
            yield _utilization(line)


def _score(line: ScoreLine) -> str:
    if line.kind is ScoreLineKind.ALLOCATION:
        return f"{line.phase}: {line.resource} allocation score on {line.node}: {line.value}"
    where = f"on {line.node}" if line.node else "(inactive)"
    return f"{line.resource} promotion score {where}: {line.value}"


def _utilization(line: ScoreLine) -> str:
    if line.kind is ScoreLineKind.CAPACITY:
        return f"{line.phase}: {line.node} capacity:{line.value}"
    return f"{line.phase}: {line.resource} utilization on {line.node}:{line.value}"
