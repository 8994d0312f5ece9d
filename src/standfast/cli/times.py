"""Times as people read them."""

from __future__ import annotations

_DAYS_TO_1970 = 719468
_DAY_S = 86400


def moment(seconds: float, offset_s: int = 0) -> str:
    """Return seconds since 1970 as `YYYY-MM-DD HH:MM:SS` in the zone that is `offset_s` east of UTC.

    Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    """
    days, rest = divmod(int(seconds) + offset_s, _DAY_S)
    year, month, day = _civil(days)
    return f"{year:04}-{month:02}-{day:02} {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"


def moment_ms(milliseconds: int, offset_s: int = 0) -> str:
    """Return milliseconds since 1970, to the millisecond."""
    return f"{moment(milliseconds // 1000, offset_s)}.{milliseconds % 1000:03}"


def _civil(days: int) -> tuple[int, int, int]:
    shifted = days + _DAYS_TO_1970
    era, day_of_era = divmod(shifted, 146097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_from_march = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month_from_march + 2) // 5 + 1
    month = month_from_march + 3 if month_from_march < 10 else month_from_march - 9
    return year_of_era + era * 400 + (month <= 2), month, day
