"""A client that fetches a page all the time, run beside the bridge: one JSON line for every answer.

`python -m standfast.lab.live.probe ADDRESS PORT INTERVAL_MS TIMEOUT_MS`. A new attempt begins every interval, whether
the last has ended or not: a lost packet of one attempt does not hold up the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import sys
import time

_REQUEST = b"GET / HTTP/1.0\r\n\r\n"
_NAMED = re.compile(rb"served by (\S+)")


async def fetch(address: str, port: int) -> str:
    """Return the node that the page names, by one request. Raises: OSError, ValueError."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as connection:
        connection.setblocking(False)
        await loop.sock_connect(connection, (address, port))
        await loop.sock_sendall(connection, _REQUEST)
        page = b""
        while data := await loop.sock_recv(connection, 65536):
            page += data
    named = _NAMED.search(page)
    if not page.startswith(b"HTTP/1.1 200") or named is None:
        raise ValueError("not the page")
    return named.group(1).decode()


async def attempt(address: str, port: int, timeout_s: float) -> None:
    """Ask once, and print if the page came."""
    with contextlib.suppress(OSError, ValueError, TimeoutError):
        by = await asyncio.wait_for(fetch(address, port), timeout_s)
        print(json.dumps({"at_ms": round(time.monotonic() * 1000, 2), "by": by}), flush=True)


async def ask_on(address: str, port: int, interval_s: float, timeout_s: float) -> None:
    """Begin an attempt every interval, until the end."""
    running: set[asyncio.Task[None]] = set()
    while True:
        task = asyncio.create_task(attempt(address, port, timeout_s))
        running.add(task)
        task.add_done_callback(running.discard)
        await asyncio.sleep(interval_s)


def main() -> None:
    """Ask until killed."""
    address, port, interval_ms, timeout_ms = sys.argv[1:]
    with contextlib.suppress(BrokenPipeError):
        asyncio.run(ask_on(address, int(port), float(interval_ms) / 1000, float(timeout_ms) / 1000))


if __name__ == "__main__":
    main()
