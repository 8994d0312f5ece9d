"""MISC_CHECK and FILE_CHECK."""

from __future__ import annotations

import asyncio
from pathlib import Path

from standfast.director.checks import FileCheck, MiscCheck, Result
from standfast.director.events import Target
from standfast.director.live import scripts

_FILE_MAX = 64


async def misc(kind: MiscCheck, target: Target) -> Result:
    """Run a check's script."""
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    ended = await scripts.run(kind.script, kind.script.timeout_ms or target.check.rhythm.delay_loop_ms)
    took_ms = int((loop.time() - started_s) * 1000)
    own = ended.status if ended.trouble in ("", f"ended with status {ended.status}") else None
    return Result(ended.status == 0 and not ended.trouble, ended.trouble, own, took_ms)


def file(kind: FileCheck) -> Result:
    """Read the number in a tracked file: a missing or empty one is 0."""
    try:
        with Path(kind.path).open("rb") as opened:
            text = opened.read(_FILE_MAX).split()
    except FileNotFoundError:
        return Result(True, number=0)
    except OSError as error:
        return Result(False, f"{kind.path}: {error.strerror}")
    try:
        return Result(True, number=int(text[0]) if text else 0)
    except ValueError:
        return Result(False, f"{kind.path} holds no number")
