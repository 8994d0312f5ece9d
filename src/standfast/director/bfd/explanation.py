"""Why a session is what it is, from the rows of `status`, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from standfast.director.bfd.packets import Diagnostic
from standfast.director.bfd.reception import Drop

Row = dict[str, Any]
_DIAGNOSTICS: dict[int, str] = {
    Diagnostic.NONE: "no reason given",
    Diagnostic.TIME_EXPIRED: "nothing heard for the detection time",
    Diagnostic.ECHO_FAILED: "Echo failed",
    Diagnostic.NEIGHBOR_SIGNALED_DOWN: "the other side said Down",
    Diagnostic.FORWARDING_PLANE_RESET: "forwarding plane reset",
    Diagnostic.PATH_DOWN: "path down",
    Diagnostic.CONCATENATED_PATH_DOWN: "concatenated path down",
    Diagnostic.ADMINISTRATIVELY_DOWN: "administratively down",
    Diagnostic.REVERSE_CONCATENATED_PATH_DOWN: "reverse concatenated path down",
}
_CURES = {
    Drop.TTL: "its packets come with less than our ttl (hoplimit): it sends with another, or is hops away (max_hops)",
    Drop.AUTHENTICATION: "it authenticates its packets, which we do not: turn that off there",
}


def diagnostic_text(number: int) -> str:
    """Return a diagnostic in words. Source: RFC 5880 §4.1."""
    return _DIAGNOSTICS.get(number, f"diagnostic {number}")


def headline(row: Row) -> str:
    """Return a session in one line."""
    head = f"{row['name']} with {row['neighbor']}: {row['state']}"
    if row["state"] == "Up":
        return f"{head}, detection time {row['detection_time_us'] / 1000:g} ms"
    return f"{head} ({diagnostic_text(row['diagnostic'])})"


def lines(row: Row) -> list[str]:
    """Return all that is to be said of a session."""
    return [headline(row), *(f"  {line}" for line in _details(row))]


def _details(row: Row) -> Iterator[str]:
    counts, heard = row["counts"], row["heard_us_ago"]
    if heard is not None:
        reason = diagnostic_text(row["remote_diagnostic"])
        yield f"the neighbour says {row['remote_state']} ({reason}), heard {heard / 1000:.1f} ms ago"
    yield f"sends each {row['transmit_interval_us'] / 1000:g} ms, less jitter"
    yield (
        f"sent {counts.get('sent', 0)}, received {counts.get('received', 0)}, "
        f"was up {counts.get('up', 0)} times, lost {counts.get('down', 0)} times"
    )
    if slept := counts.get("slept"):
        yield f"looked late {slept} times: this process did not run when it should (bfd_rt_priority)"
    for drop, count in row["dropped"].items():
        yield f"dropped {count}: {drop}"
    if row["state"] != "Up":
        yield from (f"!! {reason}" for reason in _reasons(row))


def _reasons(row: Row) -> Iterator[str]:
    """Return what keeps a session from being Up."""
    if row["state"] == "AdminDown":
        yield "it is held down here"
        return
    yield from (cure for drop, cure in _CURES.items() if drop in row["dropped"])
    if row["heard_us_ago"] is None:
        if not row["dropped"]:
            waits = "; being passive, we wait for it" if row["passive"] else ""
            yield f"nothing was ever heard of it: has it a session with us, and does UDP port 3784 pass?{waits}"
    elif row["remote_state"] == "AdminDown":
        yield "it is held down there"
    elif not row["remote_discriminator"]:
        yield "it is not heard any more"
