"""SMTP_CHECK: a banner, HELO, QUIT."""

from __future__ import annotations

import asyncio

from standfast.director.checks import Result, SmtpCheck
from standfast.director.events import Target
from standfast.director.live.probes.connecting import connected

_LINES_MAX = 100


async def smtp(kind: SmtpCheck, target: Target) -> Result:
    """Speak to a mail server as far as HELO. Raises: OSError, TimeoutError."""
    made = await connected(kind.connect, target.address, target.port)
    reader, writer = await asyncio.open_connection(sock=made)
    try:
        async with asyncio.timeout(kind.connect.timeout_ms / 1000) as limit:
            for line, expected in ((b"", 220), (b"HELO " + kind.helo_name.encode() + b"\r\n", 250)):
                writer.write(line)
                limit.reschedule(asyncio.get_running_loop().time() + kind.connect.timeout_ms / 1000)
                code = await _code(reader)
                if code != expected:
                    word = "HELO" if line else "the banner"
                    return Result(False, f"{code or 'nothing'} instead of {expected} for {word}")
            writer.write(b"QUIT\r\n")
            await _code(reader)
    finally:
        writer.close()
    return Result(True)


async def _code(reader: asyncio.StreamReader) -> int:
    """Return the code of a reply of one or several lines, 0 if it is none. Source: RFC 5321 §4.2."""
    for _ in range(_LINES_MAX):
        line = await reader.readline()
        if not line[:3].isdigit():
            return 0
        if line[3:4] != b"-":
            return int(line[:3])
    return 0
