"""The times of a virtual router, in nanoseconds."""

from __future__ import annotations

from standfast.director.vrrp.configuration import NS_PER_CS

NS_PER_S = 1_000_000_000


def skew_time_ns(version: int, priority: int, active_adver_interval_ns: int) -> int:
    """Return Skew_Time in nanoseconds, not rounded to centiseconds."""
    if version == 2:
        # "Skew_Time: Time to skew Master_Down_Interval in seconds. Calculated as: ( (256 - Priority) / 256 )".
        # RFC 3768 §6.1; it does not depend on the interval
        return (256 - priority) * NS_PER_S // 256
    # "Skew_Time: [...] Calculated as (((256 - Priority) * Active_Adver_Interval) / 256)." RFC 9568 §6.1
    return (256 - priority) * active_adver_interval_ns // 256


def active_down_interval_ns(version: int, priority: int, active_adver_interval_ns: int, adverts: int = 3) -> int:
    """Return Active_Down_Interval in nanoseconds; `adverts` is 3 in the RFCs."""
    # "Active_Down_Interval: [...] Calculated as (3 * Active_Adver_Interval) + Skew_time." RFC 9568 §6.1
    return adverts * active_adver_interval_ns + skew_time_ns(version, priority, active_adver_interval_ns)


def interval_ns(version: int, interval: int) -> int:
    """Return an advert's interval field, seconds in version 2 and centiseconds in version 3, in nanoseconds."""
    return interval * (NS_PER_S if version == 2 else NS_PER_CS)
