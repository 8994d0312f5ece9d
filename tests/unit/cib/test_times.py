"""Dates, durations and intervals."""

from __future__ import annotations

import pytest

from standfast.cib import times


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("20", 20_000), ("20s", 20_000), ("20sec", 20_000), ("1min", 60_000), ("2m", 120_000), ("2h", 7_200_000),
        ("1hr", 3_600_000), ("500ms", 500), ("1500us", 1), ("PT20S", 20_000), ("PT1M30S", 90_000), ("P1D", 86_400_000),
        ("3.9s", 3000), (" 5 s", 5000), ("0", 0), ("20S", 20_000), ("20 seconds", 20_000),
        ("", None), ("x", None), ("-1", None), ("5 parsecs", None), (None, None), ("P", None), ("PT5", None),
    ],
)  # fmt: skip
def test_intervals(text: str | None, ms: int | None) -> None:
    """A monitor would run, or a timeout strike, at another time than written."""
    assert times.parse_interval_ms(text) == ms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2005-001", "2005-01-01 00:00:00Z"),
        ("2019-06-15 13:45:10Z", "2019-06-15 13:45:10Z"),
        ("20190615T134510Z", "2019-06-15 13:45:10Z"),
        ("2019-06-15T13:45:10+02:00", "2019-06-15 11:45:10Z"),
        ("2019-06-15 13:45:10 -0130", "2019-06-15 15:15:10Z"),
        ("2019-06-15", "2019-06-15 00:00:00Z"),
        ("2019-06-15 24:00:00Z", "2019-06-16 00:00:00Z"),
        ("2009-W01-1", "2008-12-29 00:00:00Z"),
        ("2019-06-15 13", "2019-06-15 12:00:00Z"),
        ("epoch", "1970-01-01 00:00:00Z"),
        ("T06:00:00Z", "1970-01-02 06:00:00Z"),
        ("2019-13-01", None), ("2019-02-29", None), ("2019-366", None), ("soon", None), ("", None), (None, None),
        ("2019-06-15 25:00:00Z", None),
    ],
)  # fmt: skip
def test_instants(text: str | None, expected: str | None) -> None:
    """A dated rule would begin or end on another day."""
    at = times.parse_instant(text, now_s=86_400, utc_offset_s=3600)
    assert (None if at is None else times.render_instant(at)) == expected


def test_years_keep_the_day_of_the_year_and_months_the_day() -> None:
    """A duration of a year or month would end on another day than Pacemaker's."""
    leap = times.parse_moment("2024-02-29 00:00:00Z")
    end = times.parse_moment("2024-01-31 00:00:00Z")
    assert leap is not None
    assert end is not None
    assert times.render_instant(times.seconds(times.add_years(leap, 1))) == "2025-03-01 00:00:00Z"
    assert times.render_instant(times.seconds(times.add_months(end, 1))) == "2024-02-29 00:00:00Z"
