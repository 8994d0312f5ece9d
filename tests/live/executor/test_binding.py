"""An executor with real agents, timers and a journal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from standfast.agents import AgentName, ExecutionStatus, Site
from standfast.executor import Adopt, CancelRecurring, Execute, Forget, Operation, Result
from standfast.executor.live import Executor, Journal, end_agents

pytestmark = pytest.mark.live
LIMIT_S = 60
AGENT = AgentName("ocf", "sample", "ours")
SAMPLE = """#!/bin/sh
echo "$1 $OCF_RESOURCE_INSTANCE" >>"{folder}/log"
state="{folder}/$OCF_RESOURCE_INSTANCE"
case "$1" in
start) touch "$state" ;;
stop) rm -f "$state" ;;
monitor) test -e "$state" || exit 7 ;;
hang) echo $$ >"{folder}/pid"; sleep 1000 ;;
meta-data) cat <<END
<resource-agent name="sample"><version>1.1</version>
<parameters><parameter name="a" reloadable="1"/><parameter name="b"/></parameters>
<actions><action name="reload-agent" timeout="5"/></actions></resource-agent>
END
;;
esac
"""


class Node:
    """An executor, and the results that it told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = Journal(str(folder / "run"), boot="b")
        self.results: list[Result] = []
        self.executor = Executor(
            self.results.append, site=Site(ocf_directories=(str(folder / "ocf"),)), journal=self.journal
        )

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        async with asyncio.timeout(LIMIT_S):
            while not holds():
                await asyncio.sleep(0.01)

    async def run(self, task: str, interval_ms: int = 0, resource: str = "r", **parameters: str) -> Result:
        """Order an operation and return its result."""
        known = len(self.results)
        self.order(task, interval_ms, resource, **parameters)
        await self.until(lambda: len(self.results) > known)
        return self.results[-1]

    def order(self, task: str, interval_ms: int = 0, resource: str = "r", **parameters: str) -> None:
        key = f"{len(self.results)}:{task}:{resource}"
        self.executor.submit(Execute(Operation(resource, AGENT, task, interval_ms, 30_000, key, parameters=parameters)))


@pytest.fixture
def story(tmp_path: Path) -> Callable[[Callable[[Node], Awaitable[None]]], Node]:
    """Return what runs a story on a node of its own."""
    agent = tmp_path / "ocf/ours/sample"
    agent.parent.mkdir(parents=True)
    agent.write_text(SAMPLE.format(folder=tmp_path))
    agent.chmod(0o755)

    def run(told: Callable[[Node], Awaitable[None]]) -> Node:
        async def main() -> Node:
            node = Node(tmp_path)
            await told(node)
            node.executor.close()
            return node

        return asyncio.run(main())

    return run


Story = Callable[[Callable[[Node], Awaitable[None]]], Node]


def test_a_life(story: Story) -> None:
    """No resource would run on a node; its failures would go unseen; its digests would be wrong."""

    async def told(node: Node) -> None:
        assert (await node.run("monitor")).exit_code == 7
        started = await node.run("start", a="1", b="2")
        assert (started.exit_code, started.digests["op-force-restart"]) == (0, " b ")
        assert (await node.run("monitor", 50)).exit_code == 0
        (node.folder / "r").unlink()
        await node.until(lambda: len(node.results) == 4)
        assert node.results[-1].exit_code == 7
        assert (await node.run("stop")).exit_code == 0
        monitors = node.folder.joinpath("log").read_text().count("monitor")
        await asyncio.sleep(0.3)
        assert node.folder.joinpath("log").read_text().count("monitor") == monitors

    node = story(told)
    left, refused = node.journal.load()
    assert refused == ()
    assert left.results == node.executor.machine.history()
    assert [r.operation.task for r in left.results] == ["monitor", "stop"]
    assert left.agents == ()


def test_cancel_and_forget(story: Story) -> None:
    """A cancelled monitor would run on; a cleaned-up resource would keep its history."""

    async def told(node: Node) -> None:
        await node.run("start")
        await node.run("monitor", 50)
        node.executor.submit(CancelRecurring("r", "monitor", 50, "c"))
        assert node.results[-1].status == ExecutionStatus.CANCELLED
        node.executor.submit(Forget("r"))
        assert node.executor.machine.history() == ()

    assert story(told).journal.load()[0].results == ()


def test_a_successor(story: Story) -> None:
    """After a crash of the daemon its agents would run on beside the new one's, and all would be probed anew."""

    async def told(node: Node) -> None:
        started = await node.run("start", resource="other")
        await node.run("start")
        node.order("hang")
        await node.until((node.folder / "pid").exists)
        await node.until(lambda: bool((node.folder / "pid").read_text()))
        await node.until(lambda: len(node.journal.load()[0].results) == 1)
        left, _ = Journal(str(node.folder / "run"), boot="b").load()
        pid = int((node.folder / "pid").read_text())
        assert [(a.pid, a.resource_id, a.action) for a in left.agents] == [(pid, "r", "hang")]
        assert left.results == (started,)  # what an agent was changing is not told, so that it is probed
        assert await end_agents(left.agents) == []
        successor = Node(node.folder)
        successor.executor.submit(Adopt(left.results))
        assert successor.executor.machine.history() == (started,)
        assert (await successor.run("monitor")).call_id > started.call_id
        await node.until(lambda: not node.executor.busy)
        successor.executor.close()

    assert story(told).results[-1].operation.task == "hang"


def test_an_upgraded_agent(story: Story) -> None:
    """A new version's meta-data would be used only after the next start of the daemon."""

    async def told(node: Node) -> None:
        await node.run("start", b="1")
        agent = node.folder / "ocf/ours/sample"
        agent.write_text(agent.read_text().replace('name="b"', 'name="b" reloadable="1"'))
        os.utime(agent, (1, 1))
        assert (await node.run("start", b="1")).digests["op-force-restart"] == ""

    assert len(story(told).results) == 2


def test_many_resources(story: Story) -> None:
    """A big node's start would be slow, or some result would be lost."""

    async def told(node: Node) -> None:
        for i in range(100):
            node.order("start", resource=f"r{i}")
        await node.until(lambda: len(node.results) == 100)

    node = story(told)
    assert {r.operation.resource_id for r in node.results} == {f"r{i}" for i in range(100)}
    assert all(r.exit_code == 0 for r in node.results)
    assert len(node.journal.load()[0].results) == 100


DAEMON = """#!/bin/sh
pid="{folder}/daemon.pid"
case "$1" in
start) (setsid sleep 1000 >/dev/null 2>&1 & echo $! >"$pid") ;;
stop) kill "$(cat "$pid")"; rm -f "$pid" ;;
monitor) grep -q '^State:.[RSD]' "/proc/$(cat "$pid")/status" || exit 7 ;;
esac
"""


def test_a_daemon_that_dies_is_missed_at_once(story: Story, tmp_path: Path) -> None:
    """A dead service would be missed only when its monitor is due, here in an hour."""
    (tmp_path / "ocf/ours/sample").write_text(DAEMON.format(folder=tmp_path))

    async def told(node: Node) -> None:
        assert (await node.run("start")).exit_code == 0
        assert (await node.run("monitor", 3_600_000)).exit_code == 0
        pid = int((tmp_path / "daemon.pid").read_text())
        await node.until(lambda: node.executor.offspring.watches(pid))
        os.kill(pid, 9)
        await node.until(lambda: node.results[-1].exit_code == 7)

    story(told)
