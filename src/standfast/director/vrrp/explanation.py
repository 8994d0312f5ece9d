"""Why a virtual router is in its state, in words: from what `router_status.row` says of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from standfast.director.vrrp.mismatches import CURES
from standfast.director.vrrp.reception import Drop

Row = dict[str, Any]
_PATIENCE_MS = 1000.0
_INTERVALS = 4
_TIMERS = {
    "Active_Down_Timer": "waits for an advert; it takes over if none comes within",
    "Adver_Timer": "sends its next advert in",
    "garp delay": "tells the neighbours again in",
    "garp refresh": "tells the neighbours anew in",
    "garp elsewhere": "tells the neighbours of its other interfaces in",
}


def headline(row: Row) -> str:
    """Return a router's state in one line."""
    state, since = row["state"].upper(), duration(row["changed_ago_ms"])
    priority = str(row["priority"])
    if row["priority"] != row["base_priority"]:
        priority += f" (configured {row['base_priority']})"
    device = row["settings"]["device"]
    through = f" through {device}" if device != row["interface"] else ""
    where = f"virtual router {row['vrid']} on {row['interface']}{through}, version {row['version']}"
    group = f", sync group {row['group']}" if row["group"] else ""
    return f"{row['name']}: {state} for {since}, priority {priority}, {where}{group}"


def alarms(row: Row) -> list[str]:
    """Return by what two routers are Active, or will be: what the two do not agree about, and the cure."""
    found = [_refusal(row, each) for each in row["refused"] if _is_recent(row, each) and each["reason"] != "OWN"]
    if row["state"] == "active":
        found += [
            f"{each['source']} is Active too, with priority {each['priority']}: our adverts do not reach it, "
            "or it refuses them: ask there"
            for each in row["heard"]
            if _is_recent(row, each) and each["priority"] and each["ago_ms"] < row["changed_ago_ms"]  # not who gave way
        ]
    return found


def _refusal(row: Row, each: Row) -> str:
    told = f" ({each['told']})" if each["told"] else ""
    what = f"adverts of {each['source']} are refused: {each['because']}{told}"
    if row["state"] == "active":
        what = f"TWO ARE ACTIVE: {what}"
    return f"{what}. {_sentence(CURES[Drop[each['reason']]])}"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _is_recent(row: Row, each: Row) -> bool:
    """Return whether this sender still speaks: it was heard within some intervals of whatever length."""
    interval_ms = max(row["interval_ms"], row["active_interval_ms"], each.get("interval_ms", 0.0))
    return bool(each["ago_ms"] <= _INTERVALS * interval_ms + _PATIENCE_MS)


def lines(row: Row) -> list[str]:
    """Return all that there is to say of a router."""
    return [headline(row), *(f"  !! {alarm}" for alarm in alarms(row)), *(f"  {line}" for line in _details(row))]


def _details(row: Row) -> Iterator[str]:
    if row["addresses"]:
        yield f"addresses {', '.join(row['addresses'])}"
    yield from _reasons(row)
    for each in row["heard"]:
        ago = duration(each["ago_ms"])
        yield f"hears {each['source']}: priority {each['priority']}, {each['count']} adverts, the last {ago} ago"
    if not row["heard"]:
        yield "hears nobody"
    for each in row["refused"]:
        told = f" ({each['told']})" if each["told"] else ""
        last = f"the last {duration(each['ago_ms'])} ago"
        yield f"refused {each['count']} of {each['source']}, {last}: {each['because']}{told}"
    for each in row["tracked"]:
        yield f"tracks {_tracked(each)}"
    for timer, in_ms in row["timers"].items():
        yield f"{_TIMERS.get(timer, timer)} {duration(in_ms)}"
    if row["dropped"]:
        counted = (f"{Drop[name]} {count}" for name, count in sorted(row["dropped"].items()))
        yield f"packets dropped: {', '.join(counted)}"
    counts = row["counts"]
    yield f"adverts sent {counts.get('sent', 0)}, received {counts.get('received', 0)}"


def _reasons(row: Row) -> Iterator[str]:
    state = row["state"]
    if state == "fault":
        yield f"cannot take part: {', '.join(row['faults'])}"
    elif state == "initialize":
        unread = [each["name"] for each in row["tracked"] if each["up"] is None]
        yield f"has not begun: {', '.join(unread) + ' not known yet' if unread else 'it is not started'}"
    elif state == "backup":
        if row["waits_for_group"]:
            yield f"would take over, and waits for the others of {row['group']}"
        elif row["active_source"]:
            yield f"{row['active_source']} is Active"


def _tracked(each: Row) -> str:
    if each["up"] is None:
        seen = "not known yet"
    elif each["value"] is not None:
        seen = str(each["value"])
    else:
        seen = "up" if each["up"] else "down"
    effect = f", {each['adds']:+d}" if each["adds"] else ""
    return f"{each['name']}: {seen}{effect}{', holds it in fault' if each['faulty'] else ''}"


def duration(ms: float) -> str:
    """Return a time as people say it: `12 ms`, `3.4 s`, `5 min`, `2 h`."""
    if ms < 1000:
        return f"{ms:.0f} ms"
    for limit, unit, name in ((120_000, 1000, "s"), (7_200_000, 60_000, "min"), (172_800_000, 3_600_000, "h")):
        if ms < limit:
            return f"{ms / unit:.{1 if name == 's' else 0}f} {name}"
    return f"{ms / 86_400_000:.0f} days"
