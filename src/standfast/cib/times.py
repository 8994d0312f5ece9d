"""Dates, durations and intervals as Pacemaker accepts them. Nothing here reads a clock.

Instants are whole seconds since 1970. A date without a time is midnight UTC; a time without an offset is local,
and what local means is passed in. Source: Pacemaker Explained, "ISO 8601"; measured on `iso8601`.
"""

from __future__ import annotations

import functools
import re
from datetime import UTC, date, datetime, timedelta, timezone

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INTERVAL = re.compile(r"\s*([+-]?\d{1,30})[\d.]*\s*(.*)", re.ASCII | re.DOTALL)
_UNITS = (("msec", 1, 1), ("ms", 1, 1), ("usec", 1, 1000), ("us", 1, 1000), ("min", 60_000, 1), ("m", 60_000, 1),
          ("sec", 1000, 1), ("s", 1000, 1), ("hr", 3_600_000, 1), ("h", 3_600_000, 1))  # fmt: skip
_INTERVAL_MS_MAX = 2**32 - 1
_ELEMENT = re.compile(r"([+-]?\d{1,30})([YMWDHS])", re.ASCII)
_SECONDS = {"Y": 365 * 86400, "W": 7 * 86400, "D": 86400, "H": 3600, "S": 1}

_CALENDAR = re.compile(r"\s*(\d+)-(\d+)-(\d+)", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{1,2})(?!-\d)", re.ASCII)
_ORDINAL = re.compile(r"(\d+)-(\d+)", re.ASCII)
_WEEK = re.compile(r"(\d+)-W(\d+)-(\d+)", re.ASCII)
_DATE_PART = re.compile(r"[0-9W-]*")
_CLOCK = re.compile(r"(\d+):(\d+)(?::(\d+))?|(\d{1,2})(\d{1,2})?(\d{1,2})?", re.ASCII)


@functools.lru_cache(maxsize=256)
def parse_interval_ms(text: str | None) -> int | None:
    """Return milliseconds of "20", "20s", "1min", "2h", "500ms", "PT20S"; a bare number is seconds, decimals are cut.

    None if it is absent, negative or no interval. Units count by their beginning, in any case, as in Pacemaker.
    """
    if text is None:
        return None
    if text.startswith("P"):
        seconds = parse_duration_s(text)
        return None if seconds is None or seconds < 0 else min(seconds * 1000, _INTERVAL_MS_MAX)
    match = _INTERVAL.match(text)
    factors = _unit(match[2]) if match else None
    if match is None or factors is None:
        return None
    value = int(match[1]) * factors[0] // factors[1]
    return None if value < 0 else min(value, _INTERVAL_MS_MAX)


def interval_ms(text: str | None, default: int = 0) -> int:
    """Return the interval in milliseconds; `default` where it is absent or invalid."""
    value = parse_interval_ms(text)
    return default if value is None else value


def _unit(text: str) -> tuple[int, int] | None:
    lowered = text.strip().lower()
    if not lowered:
        return 1000, 1
    for name, factor, divisor in _UNITS:
        if lowered.startswith(name):
            return factor, divisor
    return None


def parse_duration_s(text: str) -> int | None:
    """Return seconds of an ISO 8601 duration (`P1DT2H`): years of 365 and months of 30 days; None if it is none."""
    if not text.startswith("P") or len(text) < 2:
        return None
    total, at, after_t, found = 0, 1, False, False
    while at < len(text) and text[at] != "/" and not text[at].isspace():
        if text[at] == "T":
            after_t, at = True, at + 1
            continue
        match = _ELEMENT.match(text, at)
        if match is None:
            return None
        unit = 60 if match[2] == "M" and after_t else 30 * 86400 if match[2] == "M" else _SECONDS[match[2]]
        total, at, found = total + int(match[1]) * unit, match.end(), True
    return total if found else None


def parse_instant(text: str | None, now_s: int = 0, utc_offset_s: int = 0) -> int | None:
    """Return seconds since 1970 of an ISO 8601 date, time or both, or "epoch"; None if it is none.

    `now_s` gives the day of a time that stands alone, `utc_offset_s` is the local time's distance from UTC.
    """
    moment = parse_moment(text, now_s, utc_offset_s)
    return None if moment is None else seconds(moment)


def parse_moment(text: str | None, now_s: int = 0, utc_offset_s: int = 0) -> datetime | None:
    """Return the date and time with its own offset: what months and years are added to."""
    if not text:
        return None
    if re.match(r"epoch(?:[\s/]|$)", text, re.IGNORECASE):
        return _EPOCH
    try:
        if text.startswith("T") or text[2:3] == ":":
            today = moment(now_s, utc_offset_s).date()
            return _with_time(today, text.removeprefix("T"), utc_offset_s)
        day = _date(text)
        rest = text[_DATE_PART.match(text).end() :]  # type: ignore[union-attr]
        if day is not None and rest[:1] in ("T", " "):
            return _with_time(day, rest[1:], utc_offset_s)
    except (ValueError, OverflowError):
        return None
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)


def moment(at_s: int, utc_offset_s: int = 0) -> datetime:
    """Return the date and time at so many seconds since 1970, at this offset from UTC."""
    return (_EPOCH + timedelta(seconds=at_s)).astimezone(timezone(timedelta(seconds=utc_offset_s)))


def seconds(at: datetime) -> int:
    """Return whole seconds since 1970."""
    return (at - _EPOCH) // timedelta(seconds=1)


def render_instant(at_s: int) -> str:
    """Return `YYYY-MM-DD HH:MM:SSZ`."""
    return moment(at_s).replace(tzinfo=None).isoformat(" ") + "Z"


def add_years(at: datetime, years: int) -> datetime:
    """Return the same day of the year so many years later: the ordinal day is kept, as Pacemaker does."""
    year = max(1, min(9999, at.year + years))
    first = at.replace(year=year, month=1, day=1)
    return first + timedelta(days=at.timetuple().tm_yday - 1)


def add_months(at: datetime, months: int) -> datetime:
    """Return the same day so many months later, or that month's last day if it is shorter."""
    year, month0 = divmod(at.year * 12 + at.month - 1 + months, 12)
    day = min(at.day, _days_in_month(year, month0 + 1))
    return at.replace(year=year, month=month0 + 1, day=day)


def _days_in_month(year: int, month: int) -> int:
    first = date(year, month, 1)
    return 31 if month == 12 else (date(year, month + 1, 1) - first).days


def _date(text: str) -> date | None:
    """Return the date that the text begins with. Raises: ValueError if a part is out of its range."""
    if match := _CALENDAR.match(text) or _COMPACT.match(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _ORDINAL.match(text):
        day = date(int(match[1]), 1, 1) + timedelta(days=int(match[2]) - 1)
        return day if day.year == int(match[1]) else None
    if match := _WEEK.match(text):
        return date.fromisocalendar(int(match[1]), int(match[2]), int(match[3]))
    return None


def _with_time(day: date, text: str, utc_offset_s: int) -> datetime:
    offset_s = _offset_s(text, utc_offset_s)
    start = datetime(day.year, day.month, day.day, tzinfo=timezone(timedelta(seconds=offset_s)))
    return start + timedelta(seconds=_clock_s(text))


def _clock_s(text: str) -> int:
    """Return seconds of the day; 24:00:00 is the next day's start. Raises: ValueError if it is no time of the day."""
    match = _CLOCK.match(text.lstrip())
    if match is None:
        raise ValueError(text)
    parts = match.groups()[:3] if match[1] is not None else match.groups()[3:]
    hour, minute, second = (int(part or 0) for part in parts)
    if not ((hour < 24 and minute < 60 and second < 60) or (hour, minute, second) == (24, 0, 0)):
        raise ValueError(text)
    return hour * 3600 + minute * 60 + second


def _offset_s(text: str, utc_offset_s: int) -> int:
    """Return the offset from UTC that the text names; the local one if it names none."""
    if "Z" in text:
        return 0
    match = re.search(r"[ +-]", text)
    if match is None:
        return utc_offset_s
    named = text[match.start() :].strip()
    if not named or not (named[0] in "+-" or named[0].isdigit()):
        return 0
    distance = _clock_s(named.lstrip("+-"))
    return -distance if named[0] == "-" else distance
