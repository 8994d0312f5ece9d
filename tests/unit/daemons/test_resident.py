"""The daemon's side of a real worker process."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from standfast import cib, errors, scheduler
from standfast.daemons import jobs, resident

LIMIT_S = 60
SOURCE = Path(__file__).resolve().parents[3] / "src"


@pytest.fixture(autouse=True)
def these_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the worker run what is tested here, whatever is installed."""
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))


def told(story: Callable[[resident.Resident], Awaitable[None]]) -> None:
    """Run a story with a worker, and end it."""

    async def main() -> None:
        worker = resident.Resident()
        try:
            async with asyncio.timeout(LIMIT_S):
                await story(worker)
        finally:
            await worker.stop()

    asyncio.run(main())


def test_questions_are_answered_each_with_its_own(document: bytes, large_document: bytes, now_s: int) -> None:
    """A node would act on the transition of another document."""

    async def story(worker: resident.Resident) -> None:
        large, small, status = await asyncio.gather(
            worker.schedule(large_document, now_s),
            worker.schedule(document, now_s),
            worker.ask(jobs.ReadStatus(document, now_s)),
        )
        assert isinstance(large, scheduler.Outcome)
        assert len(large.graph.synapses) > 2 * jobs.SYNAPSES_PER_PART
        assert small.graph.synapses == ()
        assert [r.id for r in status.resources] == ["web"]

    told(story)


def test_refusals_come_back_as_what_they_are(document: bytes, now_s: int) -> None:
    """A client would get a crash instead of its mistakes, each with line and what was expected."""

    async def story(worker: resident.Resident) -> None:
        with pytest.raises(errors.RequestError) as unknown:
            await worker.ask(jobs.Explain(document, now_s, "nobody"))
        assert unknown.value.exit_status is errors.Exit.NO_SUCH
        bad = cib.Edit("create", '<primitive id="x"/>', "resources")
        with pytest.raises(errors.ConfigError) as invalid:
            await worker.ask(jobs.Plan(document, now_s, (bad,)))
        assert {r.code for r in invalid.value.reports} == {"cib.missing-attribute"}
        assert str(invalid.value) == "\n".join(str(r) for r in invalid.value.reports)

    told(story)


def test_a_fault_of_ours_ends_neither_side(document: bytes, now_s: int) -> None:
    """One document that the scheduler trips over would take the worker down, and every question with it."""

    async def story(worker: resident.Resident) -> None:
        with pytest.raises(errors.LiveError):
            await worker.schedule(document, "no number")  # type: ignore[arg-type]
        before = worker.pid
        assert isinstance(await worker.schedule(document, now_s), scheduler.Outcome)
        assert worker.pid == before

    told(story)


def test_a_killed_worker_is_started_anew_and_the_asker_is_told(large_document: bytes, now_s: int) -> None:
    """A DC whose worker was killed (out of memory) would wait for its transition for ever."""

    async def story(worker: resident.Resident) -> None:
        await worker.start()
        first = worker.pid
        os.kill(first, signal.SIGSTOP)
        asked = asyncio.create_task(worker.schedule(large_document, now_s))
        await asyncio.sleep(0)
        os.kill(first, signal.SIGKILL)
        with pytest.raises(errors.LiveError, match="died"):
            await asked
        assert isinstance(await worker.schedule(large_document, now_s), scheduler.Outcome)
        assert worker.pid != first

    told(story)


def test_a_stopped_worker_answers_nobody(document: bytes, now_s: int) -> None:
    """A daemon that ends would start a worker again, and leave it behind."""

    async def story(worker: resident.Resident) -> None:
        await worker.start()
        pid = worker.pid
        await worker.stop()
        with pytest.raises(errors.LiveError):
            await worker.schedule(document, now_s)
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)

    told(story)
