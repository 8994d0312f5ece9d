"""Processes that bind rooms to the live world."""

import standfast.lean  # noqa: F401  # before a daemon's modules import msgspec
