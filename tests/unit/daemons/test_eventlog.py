"""The log of events that clients follow."""

from __future__ import annotations

import asyncio
import logging

import pytest

from standfast import controller
from standfast.daemons import eventlog


def event(message: str, level: str = "info", **fields: str) -> controller.Publish:
    return controller.Publish("operation", message, level, fields)


def test_events_are_numbered_and_the_oldest_go() -> None:
    """A client that reconnects would see events twice or miss them; or the daemon would grow for ever."""
    log = eventlog.EventLog()
    for number in range(eventlog.KEEP + 3):
        log.add(event(str(number)), number)
    kept = log.recent(eventlog.KEEP * 2)
    assert (len(kept), kept[0].number, kept[-1].number) == (eventlog.KEEP, 4, eventlog.KEEP + 3)
    assert [e.message for e in log.recent(2)] == [str(eventlog.KEEP + 1), str(eventlog.KEEP + 2)]


def test_events_about_a_resource() -> None:
    """An explanation would tell what happened to other resources."""
    log = eventlog.EventLog()
    log.add(event("a", resource="web"), 1)
    log.add(event("b", resource="db"), 2)
    assert [e.message for e in log.recent(10, about="web")] == ["a"]


def test_a_follower_gets_old_and_new_events_once() -> None:
    """`standfast events` would hang, repeat, or end."""

    async def story() -> tuple[list[str], list[str]]:
        log = eventlog.EventLog()
        for text in "abc":
            log.add(event(text), 0)
        short = [e.message async for e in log.follow(1, forever=False)]
        seen: list[str] = []

        async def follow() -> None:
            async for e in log.follow(2, forever=True):
                seen.append(e.message)

        task = asyncio.create_task(follow())
        async with asyncio.timeout(30):
            for text in "de":
                while seen[-1:] != [chr(ord(text) - 1)]:
                    await asyncio.sleep(0)
                log.add(event(text), 0)
            while seen[-1:] != ["e"]:
                await asyncio.sleep(0)
        task.cancel()
        return short, seen

    assert asyncio.run(story()) == (["b", "c"], ["c", "d", "e"])


def test_each_event_is_a_line_of_the_daemons_log(caplog: pytest.LogCaptureFixture) -> None:
    """After a crash nobody could read what the daemon did."""
    with caplog.at_level(logging.DEBUG, "standfast"):
        eventlog.EventLog().add(event("start web on n1: done", "warning", node="n1", resource="web"), 5)
    assert [(r.levelno, r.message) for r in caplog.records] == [
        (logging.WARNING, "operation: start web on n1: done node=n1 resource=web")
    ]
