"""Times as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from standfast.cli import times


@given(st.integers(-(10**10), 10**11), st.integers(-50400, 50400))
def test_moments_are_the_calendars(seconds: int, offset_s: int) -> None:
    """If this failed, events would be shown at the wrong time."""
    expected = datetime.fromtimestamp(0, UTC).astimezone(timezone(timedelta(seconds=offset_s))) + timedelta(
        seconds=seconds
    )
    assert times.moment(seconds, offset_s) == expected.strftime("%Y-%m-%d %H:%M:%S").zfill(19)


def test_milliseconds_are_kept() -> None:
    """If this failed, the order of events within a second could not be seen."""
    assert times.moment_ms(1700000000007) == "2023-11-14 22:13:20.007"
