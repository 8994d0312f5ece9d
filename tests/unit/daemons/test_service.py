"""The API of a real node that has no engine: it holds a configuration, and does not take part."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from standfast import cib, controller, errors
from standfast.cib.live import open_store
from standfast.daemons.node import Node
from standfast.daemons.service import Service
from standfast.daemons.settings import Settings
from standfast.web import schema
from standfast.web.api import Caller

Story = Callable[[Node, Service], Awaitable[None]]
ROOT = Caller(0, 0, 1)


@pytest.fixture
def told(tmp_path: Path, document: bytes) -> Callable[[Story], None]:
    """Return what runs a story on a node whose disk holds a configuration."""
    settings = Settings("n1", 1, sequencer=tmp_path / "nowhere", state=tmp_path / "state", run=tmp_path / "run")
    open_store(settings.state / "cib").save(cib.Document.parse(document), 7, ("n1", "n2"))

    async def main(story: Story) -> None:
        node = Node(settings)
        await node.start()
        try:
            async with asyncio.timeout(60):
                await story(node, Service(node))
        finally:
            await node.stop()

    return lambda story: asyncio.run(main(story))


def test_a_node_outside_says_that_it_waits(told: Callable[[Story], None]) -> None:
    """An operator would read an old configuration as if it were the cluster's."""

    async def story(node: Node, service: Service) -> None:
        for question in (service.status(), service.cib("", ""), service.plan(schema.PlanRequest()), service.fencing()):
            with pytest.raises(errors.RequestError) as refused:
                await question
            assert refused.value.exit_status is errors.Exit.DISCONNECTED

    told(story)


def test_a_node_outside_changes_nothing(told: Callable[[Story], None]) -> None:
    """A change would be taken that no other node ever hears of."""

    async def story(node: Node, service: Service) -> None:
        edit = schema.Edit("create", '<tag id="t"><obj_ref id="web"/></tag>', "tags")
        with pytest.raises(errors.RequestError) as refused:
            await service.change(ROOT, schema.ChangeRequest([edit]))
        assert refused.value.exit_status is errors.Exit.TRY_AGAIN

    told(story)


def test_orders_and_versions_that_do_not_exist_are_refused(told: Callable[[Story], None]) -> None:
    """A misspelt order would be taken for another one."""

    async def story(node: Node, service: Service) -> None:
        with pytest.raises(errors.RequestError, match="unknown order 'strat': expected one of"):
            await service.order_resource(ROOT, "web", "strat", schema.Order())
        with pytest.raises(errors.RequestError, match="unknown order 'fenc'"):
            await service.order_node(ROOT, "n1", "fenc", schema.Order())
        with pytest.raises(errors.RequestError, match="unknown lifetime 'ever'"):
            await service.set_attribute(ROOT, schema.AttributeUpdate("n1", "x", "1", lifetime="ever"))
        with pytest.raises(errors.RequestError, match="version '7'"):
            await service.apply(ROOT, schema.ApplyRequest([], "7"))

    told(story)


def test_the_lag_is_measured_from_the_start(told: Callable[[Story], None]) -> None:
    """Nobody could tell whether a daemon was too slow, or its machine."""

    async def story(node: Node, service: Service) -> None:
        while not (metrics := await service.metrics()).counts["samples"]:
            await asyncio.sleep(0.02)
        assert metrics.loop_lag_ms.keys() == metrics.own_lag_ms.keys() == {"p50", "p99", "p99.9", "max"}
        assert sum(metrics.histograms["loop_lag"].counts) == metrics.counts["samples"]

    told(story)


def test_who_may_use_the_api(told: Callable[[Story], None]) -> None:
    """Every user of the machine could stop the services; or root could not."""

    async def story(node: Node, service: Service) -> None:
        assert service.admits(ROOT)
        assert service.admits(Caller(os.geteuid(), os.getegid(), 1))
        assert not service.admits(Caller(65534, 65534, 1))

    told(story)


def test_who_waits_for_an_answer_at_the_end_gets_one(told: Callable[[Story], None]) -> None:
    """A client of a daemon that ends would see a broken connection, or a fault of the server."""

    async def story(node: Node, service: Service) -> None:
        asked = asyncio.create_task(node.request("root", controller.requests.WaitForRest()))
        await asyncio.sleep(0)
        node.post(controller.Stop())
        for question in (asked, node.request("root", controller.requests.WaitForRest())):
            with pytest.raises(errors.RequestError) as refused:
                await question
            assert refused.value.exit_status in (errors.Exit.DISCONNECTED, errors.Exit.TRY_AGAIN)

    told(story)
