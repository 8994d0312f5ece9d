"""Switching off what may not run on: topology, choice of devices, confirmation."""

from standfast.fencing.events import (
    Configured,
    Confirm,
    Device,
    Effect,
    Event,
    Exited,
    Fence,
    Heard,
    Level,
    Membership,
    Receipt,
    RunAgent,
    Say,
)
from standfast.fencing.machine import Machine

__all__ = [
    "Configured",
    "Confirm",
    "Device",
    "Effect",
    "Event",
    "Exited",
    "Fence",
    "Heard",
    "Level",
    "Machine",
    "Membership",
    "Receipt",
    "RunAgent",
    "Say",
]
