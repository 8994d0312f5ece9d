"""The times of a session. Intervals are microseconds, moments and delays nanoseconds."""

from __future__ import annotations

NS_PER_US = 1000
NS_PER_S = 1_000_000_000
_JITTER = 0.25
_JITTER_LEAST_FOR_ONE = 0.10


def transmit_interval_us(desired_min_tx_us: int, remote_min_rx_us: int) -> int:
    """Return how often packets are sent, less jitter."""
    # "The transmit interval MUST be recalculated whenever bfd.DesiredMinTxInterval changes, or whenever
    # bfd.RemoteMinRxInterval changes, and is equal to the greater of those two values." RFC 5880 §6.8.7
    return max(desired_min_tx_us, remote_min_rx_us)


def detection_time_us(remote_multiplier: int, required_min_rx_us: int, remote_desired_min_tx_us: int) -> int:
    """Return how long nothing may be heard."""
    # "the value of Detect Mult received from the remote system, multiplied by the agreed transmit interval of the
    # remote system (the greater of bfd.RequiredMinRxInterval and the last received Desired Min TX Interval)".
    # RFC 5880 §6.8.4
    return remote_multiplier * max(required_min_rx_us, remote_desired_min_tx_us)


def jittered_ns(interval_us: int, multiplier: int, fraction: float) -> int:
    """Return an interval with jitter; `fraction` is a random value of 0..1, 0 for the longest."""
    # "If bfd.DetectMult is equal to 1, the interval between transmitted BFD Control packets MUST be no more than 90%
    # of the negotiated transmission interval, and MUST be no less than 75%". RFC 5880 §6.8.7
    least = _JITTER_LEAST_FOR_ONE if multiplier == 1 else 0.0
    # "the interval MUST be reduced by a random value of 0 to 25%". RFC 5880 §6.8.7
    return int(interval_us * NS_PER_US * (1 - least - (_JITTER - least) * fraction))
