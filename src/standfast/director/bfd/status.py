"""What is known of sessions, as rows for whoever asks."""

from __future__ import annotations

from typing import Any

from standfast.director.bfd.intervals import NS_PER_US
from standfast.director.bfd.session import Session


def row(session: Session, now_ns: int) -> dict[str, Any]:
    """Return what is known of a session; times are microseconds."""
    heard = session.heard_ns
    return {
        "name": session.name,
        "neighbor": str(session.configuration.neighbor),
        "passive": session.configuration.passive,
        "state": str(session.state),
        "up": session.is_up,
        "remote_state": str(session.remote_state),
        "diagnostic": int(session.diagnostic),
        "remote_diagnostic": session.remote_diagnostic,
        "discriminator": session.discriminator,
        "remote_discriminator": session.remote_discriminator,
        "transmit_interval_us": session.transmit_interval_us,
        "detection_time_us": session.detection_time_us,
        "heard_us_ago": None if heard is None else (now_ns - heard) // NS_PER_US,
        "counts": dict(session.counts),
        "dropped": {str(drop): count for drop, count in session.dropped.items()},
    }
