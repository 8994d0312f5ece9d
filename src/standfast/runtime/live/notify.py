"""What a daemon says to systemd. Source: sd_notify(3), "Notes": a datagram to $NOTIFY_SOCKET."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket

READY = "READY=1"
ALIVE = "WATCHDOG=1"
STOPPING = "STOPPING=1"


def notify(*states: str) -> bool:
    """Tell systemd; return whether there is one that listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        out.connect("\0" + address[1:] if address.startswith("@") else address)
        out.sendall("\n".join(states).encode())
        return True
    return False


def watchdog_interval_s() -> float:
    """Return how often to say WATCHDOG=1, 0 if nobody waits. Source: sd_watchdog_enabled(3)."""
    pid, usec = os.environ.get("WATCHDOG_PID", ""), os.environ.get("WATCHDOG_USEC", "")
    if not usec.isdigit() or (pid and pid != str(os.getpid())):
        return 0.0
    return int(usec) / 2e6


async def stay_alive() -> None:
    """Say from the loop that it turns, for as long as somebody waits for it: a loop that hangs is ended by systemd."""
    if interval_s := watchdog_interval_s():
        while True:
            notify(ALIVE)
            await asyncio.sleep(interval_s)
