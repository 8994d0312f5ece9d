"""Nouns of the rooms below, as the API's types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from standfast import errors, fencing, messaging
from standfast.dialects import crm_mon
from standfast.runtime.histogram import Histogram
from standfast.web import schema

SHARES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999, "max": 1.0}


def quorum(votes: messaging.Quorum | None) -> schema.QuorumRecord:
    """Return what quorum the view has; none without a view."""
    if votes is None:
        return schema.QuorumRecord(False)
    return schema.QuorumRecord(
        votes.quorate, votes.total_votes, votes.expected_votes, votes.needed_votes, votes.two_node, votes.wait_for_all
    )


def receipt(past: fencing.Receipt) -> schema.FencingRecord:
    """Return a fencing that ended."""
    return schema.FencingRecord(
        past.target,
        past.action,
        "success" if past.ok else "failed",
        past.device,
        past.executed_by,
        past.client,
        past.reason,
        past.wall_s,
    )


def fence_events(machine: fencing.Machine) -> tuple[crm_mon.FenceEvent, ...]:
    """Return fencing's history as crm_mon shows it: newest first, what is under way before that."""
    pending = [crm_mon.FenceEvent("pending", job.action, job.target) for job in machine.pending]
    ended = [
        crm_mon.FenceEvent(
            "success" if r.ok else "failed",
            r.action,
            r.target,
            r.client,
            r.executed_by,
            r.executed_by,
            r.wall_s,
            "" if r.ok else r.reason,
        )
        for r in reversed(machine.history)
    ]
    return (*pending, *ended)


def reports(found: Iterable[errors.Report]) -> list[schema.ReportRecord]:
    """Return reports as they go over the wire."""
    return [
        schema.ReportRecord(r.code, r.message, r.severity.value, r.expected, r.place.file, r.place.line, r.place.column)
        for r in found
    ]


def attributes(
    values: Mapping[str, Mapping[str, str]], lifetime: str, node_name: str, name: str
) -> list[schema.Attribute]:
    """Return attributes by node and name; empty filters match all."""
    return [
        schema.Attribute(who, key, value, lifetime)
        for who, pairs in sorted(values.items())
        for key, value in sorted(pairs.items())
        if node_name in ("", who) and name in ("", key)
    ]


def quantiles(found: Histogram) -> dict[str, float]:
    """Return the quantiles that operators look at."""
    return {name: found.percentile(share) for name, share in SHARES.items()}


def histogram(found: Histogram) -> schema.HistogramRecord:
    """Return a histogram as it goes over the wire."""
    return schema.HistogramRecord(list(found.bounds), found.counts, found.sum, found.maximum)
