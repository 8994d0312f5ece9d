"""Calls of agents that behave, and of those that do not."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from standfast.agents import AgentName, Command, ExecutionStatus, Invocation, Ocf, Outcome, Site
from standfast.agents.live import Patience, Runner, runner
from standfast.agents.live.process import Child, Process, spawn
from standfast.agents.live.runner import Call
from standfast.runtime.live.lag import LagMeter

pytestmark = pytest.mark.live
MakeAgent = Callable[..., None]
TEN_S = 10_000


def ocf(name: str, action: str = "start", timeout_ms: int = TEN_S, **meta: str) -> Invocation:
    return Invocation(AgentName("ocf", name, "ours"), action, timeout_ms, "r", {"p": "v"}, meta)


def call(site: Site, invocation: Invocation, patience: Patience | None = None) -> Outcome:
    return asyncio.run(Runner(site, patience).run(invocation))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_until_gone(pid: int) -> bool:
    limit = time.monotonic() + 30
    while alive(pid) and time.monotonic() < limit:
        time.sleep(0.01)
    return not alive(pid)


def test_code_output_and_reason(site: Site, make_agent: MakeAgent) -> None:
    """Nothing of what an agent says would reach anybody."""
    make_agent("ocf/ours/a", 'echo "out $1 $OCF_RESKEY_p $OCF_RESOURCE_INSTANCE"; echo ocf-exit-reason:why >&2; exit 6')
    outcome = call(site, ocf("a"))
    assert (outcome.exit_code, outcome.status, outcome.exit_reason) == (6, ExecutionStatus.DONE, "why")
    assert outcome.stdout == "out start v r\n"
    assert outcome.started_wall_ms > 1_600_000_000_000


def test_nothing_is_inherited(site: Site, make_agent: MakeAgent) -> None:
    """Agents would hold the daemon's sockets for years, or behave after its environment, folder and signals."""
    make_agent("ocf/ours/a", "pwd; umask; ls /proc/self/fd | wc -l; env | grep -c STRAY; grep SigIgn /proc/self/status")
    os.environ["STRAY"] = "1"
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    try:
        lines = call(site, ocf("a")).stdout.split()
    finally:
        os.close(reader)
        os.close(writer)
        del os.environ["STRAY"]
    assert lines[:4] == ["/", "0022", "4", "0"]
    assert int(lines[5], 16) & (1 << 12) == 0, "SIGPIPE is not ignored"


def test_missing_agent(site: Site) -> None:
    """A node without the agent would not be told from one where it fails."""
    outcome = call(site, ocf("none"))
    assert (outcome.exit_code, outcome.status) == (Ocf.NOT_INSTALLED, ExecutionStatus.NOT_INSTALLED)
    assert "ocf:ours:none is not installed" in outcome.exit_reason


def test_not_executable(site: Site, make_agent: MakeAgent) -> None:
    """A forgotten chmod would look like a failing service."""
    make_agent("ocf/ours/a", "exit 0", mode=0o644)
    outcome = call(site, ocf("a"))
    assert (outcome.exit_code, outcome.status) == (Ocf.INSUFFICIENT_PRIV, ExecutionStatus.ERROR)
    assert "Permission denied" in outcome.exit_reason


def test_missing_interpreter_and_folder(site: Site, make_agent: MakeAgent, tmp_path: Path) -> None:
    """The reason would be a riddle: the file is there and yet "not found"."""
    make_agent("ocf/ours/a", "", shell="#!/no/such/shell\n")
    assert call(site, ocf("a")).status == ExecutionStatus.NOT_INSTALLED
    (tmp_path / "ocf/ours/folder").mkdir()
    assert call(site, ocf("folder")).exit_code in (Ocf.NOT_INSTALLED, Ocf.INSUFFICIENT_PRIV)


def test_script_without_a_first_line(site: Site, make_agent: MakeAgent) -> None:
    """Old init scripts that Pacemaker runs would not start here."""
    make_agent("init.d/old", 'test "$1" = status && exit 3\n', shell="")
    outcome = call(site, Invocation(AgentName("lsb", "old"), "monitor", TEN_S))
    assert (outcome.exit_code, outcome.status) == (Ocf.NOT_RUNNING, ExecutionStatus.DONE)


def test_heartbeat_agent(site: Site, make_agent: MakeAgent) -> None:
    """An agent of heartbeat 1 would get its parameters in another order, or its word would not be understood."""
    make_agent("ha.d/old", 'test "$1 $2 $3" = "10.0.0.1 24 status" && echo running\n')
    parameters = {"2": "24", "1": "10.0.0.1"}
    outcome = call(site, Invocation(AgentName("heartbeat", "old"), "monitor", TEN_S, "r", parameters))
    assert (outcome.exit_code, outcome.stdout) == (Ocf.OK, "running\n")


def test_fence_agent_reads_what_it_is_told(site: Site, make_agent: MakeAgent) -> None:
    """Nothing could be fenced."""
    make_agent("fence/fence_x", "cat; exit 2\n")
    outcome = call(site, Invocation(AgentName("stonith", "fence_x"), "status", TEN_S, "f", {"port": "x" * 100_000}))
    assert outcome.exit_code == 2
    assert outcome.stdout.endswith("x\n")


def test_a_hanging_agent_is_killed_with_its_children(site: Site, make_agent: MakeAgent, tmp_path: Path) -> None:
    """A hang would last for ever, or its children would live on and hold what the next agent needs."""
    make_agent("ocf/ours/a", f"sleep 1000 & echo $! >{tmp_path}/child; echo begun; trap '' TERM; wait; sleep 1000")
    outcome = call(site, ocf("a", timeout_ms=2000), Patience(term_s=0.2))
    assert (outcome.exit_code, outcome.status) == (Ocf.UNKNOWN_ERROR, ExecutionStatus.TIMEOUT)
    assert outcome.exit_reason == "start timed out after 2000 ms"
    assert outcome.stdout == "begun\n"
    assert outcome.duration_ms >= 2000
    assert wait_until_gone(int((tmp_path / "child").read_text()))


def test_what_it_was_doing(site: Site, make_agent: MakeAgent) -> None:
    """Operators would know that it hung, and not where."""
    make_agent("ocf/ours/a", "sleep 1234 & wait")
    doing = call(site, ocf("a", timeout_ms=2000), Patience(look_s=30)).doing
    assert "sleep 1234" in doing
    assert "state=S" in doing
    assert doing.index("ours/a start") < doing.index("sleep 1234")


def test_on_fail_block_leaves_the_rest_for_the_operator(site: Site, make_agent: MakeAgent, tmp_path: Path) -> None:
    """With on-fail=block nobody could look any more at what hung."""
    make_agent("ocf/ours/a", f"sleep 1000 & echo $! >{tmp_path}/child; wait")
    assert call(site, ocf("a", timeout_ms=2000, on_fail="block")).status == ExecutionStatus.TIMEOUT
    child = int((tmp_path / "child").read_text())
    assert alive(child)
    os.kill(child, 9)


class Stuck(Process):
    """A process on which no signal has an effect, as one in state D."""

    def signal(self, number: signal.Signals, *, group: bool) -> None:
        """Do nothing."""


def test_one_that_cannot_be_killed_is_told_all_the_same(site: Site, make_agent: MakeAgent, tmp_path: Path) -> None:
    """An agent in state D would hold its resource, and the cluster's recovery, for ever."""
    make_agent("ocf/ours/a", "echo begun; exec sleep 1000")

    async def story() -> tuple[Outcome, int]:
        command = Command((), ("start",), {"PATH": "/usr/bin:/bin"})
        process = Stuck(spawn(str(tmp_path / "ocf/ours/a"), command), keep=1000)
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        Call(ocf("a", timeout_ms=2000), Patience(term_s=0.1, kill_s=0.1), outcome.set_result).begin(process)
        told = await asyncio.wait_for(outcome, 30)
        os.kill(process.pid, signal.SIGKILL)
        async with asyncio.timeout(30):
            while process.returncode is None:
                await asyncio.sleep(0.01)
        return told, process.returncode

    outcome, code = asyncio.run(story())
    assert outcome.status == ExecutionStatus.TIMEOUT
    assert outcome.exit_reason.endswith("cannot be killed")
    assert outcome.stdout == "begun\n"
    assert code == -signal.SIGKILL, "it is reaped when it ends after all"


def test_a_daemon_that_holds_the_pipe_delays_nothing(site: Site, make_agent: MakeAgent, tmp_path: Path) -> None:
    """Every start of a sloppy daemon would time out."""
    make_agent("ocf/ours/a", f"echo up; setsid sleep 1000 & echo $! >{tmp_path}/daemon; exit 0")
    outcome = call(site, ocf("a", timeout_ms=30_000))
    child = int((tmp_path / "daemon").read_text())
    assert (outcome.status, outcome.exit_code, outcome.stdout) == (ExecutionStatus.DONE, 0, "up\n")
    assert outcome.duration_ms < 20_000
    assert alive(child), "what an agent started lives on"
    os.kill(child, 9)


def test_garbage_and_floods_are_harmless(site: Site, make_agent: MakeAgent) -> None:
    """An agent's output could fill the daemon's memory or end it."""
    make_agent(
        "ocf/ours/a", "head -c 3000000 /dev/urandom; head -c 1000000 /dev/zero >&2; printf 'ocf-exit-reason:x'>&2"
    )
    outcome = call(site, ocf("a"))
    assert outcome.status == ExecutionStatus.DONE
    assert outcome.exit_reason == "x"
    assert max(len(outcome.stdout), len(outcome.stderr)) < 20_000


def test_killed_by_a_signal(site: Site, make_agent: MakeAgent) -> None:
    """A crashed agent would count as one that said something."""
    make_agent("ocf/ours/a", "kill -SEGV $$")
    outcome = call(site, ocf("a"))
    assert (outcome.exit_code, outcome.status) == (Ocf.UNKNOWN_ERROR, ExecutionStatus.ERROR)
    assert "SIGSEGV" in outcome.exit_reason


def test_kill_on_request(site: Site, make_agent: MakeAgent) -> None:
    """A cancelled monitor would be told as failed, or run on."""
    make_agent("ocf/ours/a", "sleep 1000")

    async def story() -> tuple[Outcome, int]:
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        call = Runner(site).start(ocf("a"), outcome.set_result)
        assert call is not None
        call.kill()
        call.kill()
        return await asyncio.wait_for(outcome, 30), call.pid

    outcome, pid = asyncio.run(story())
    assert outcome.status == ExecutionStatus.CANCELLED
    assert not alive(pid)


def test_a_start_that_takes_long_holds_nothing_up(
    site: Site, make_agent: MakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine the heartbeat of a daemon would wait for each agent that it starts."""
    make_agent("ocf/ours/a", "exit 0")

    may_start = threading.Event()

    def slow(file: str, command: Command) -> Child:
        assert may_start.wait(20), "the loop waits for the start"
        return spawn(file, command)

    monkeypatch.setattr(runner, "spawn", slow)

    async def story() -> tuple[Outcome, list[int]]:
        pids: list[int] = []
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        Runner(site).start(ocf("a"), outcome.set_result, pids.append)
        await asyncio.sleep(0)
        may_start.set()
        return await asyncio.wait_for(outcome, 30), pids

    outcome, pids = asyncio.run(story())
    assert outcome.exit_code == 0
    assert len(pids) == 1


def test_who_ends_knows_of_what_is_being_started(site: Site, make_agent: MakeAgent, tmp_path: Path) -> None:
    """An agent would run on after a node ended itself, and change what another node has by then."""
    make_agent("ocf/ours/a", "sleep 1000")

    async def story() -> list[int]:
        pids: list[int] = []
        calls = Runner(site)
        calls.start(ocf("a"), lambda outcome: None, pids.append)
        calls.settle()
        return pids

    (pid,) = asyncio.run(story())
    assert alive(pid)
    os.killpg(pid, signal.SIGKILL)


def test_who_stops_waiting_ends_the_agent(site: Site, make_agent: MakeAgent, tmp_path: Path) -> None:
    """A cancelled request would leave an agent behind."""
    make_agent("ocf/ours/a", f"echo $$ >{tmp_path}/pid; sleep 1000")

    async def story() -> None:
        task = asyncio.create_task(Runner(site).run(ocf("a", timeout_ms=0)))
        async with asyncio.timeout(30):
            while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        pid = int((tmp_path / "pid").read_text())
        async with asyncio.timeout(30):
            while alive(pid):
                await asyncio.sleep(0.01)

    asyncio.run(story())
    assert not alive(int((tmp_path / "pid").read_text()))


def test_many_at_once(site: Site, make_agent: MakeAgent) -> None:
    """A node that starts many resources would call them one after the other, or hold its loop, or leak files."""
    make_agent("ocf/ours/a", "echo $OCF_RESOURCE_INSTANCE; sleep 0.5; exit 0")

    async def story() -> tuple[list[Outcome], float, int]:
        runner, meter = Runner(site), LagMeter()
        agent = AgentName("ocf", "a", "ours")
        meter.start()
        before, begun = len(os.listdir("/proc/self/fd")), time.monotonic()
        outcomes = await asyncio.gather(*(runner.run(Invocation(agent, "start", 60_000, f"r{i}")) for i in range(60)))
        meter.stop()
        return outcomes, time.monotonic() - begun, len(os.listdir("/proc/self/fd")) - before

    outcomes, seconds, leaked = asyncio.run(story())
    assert [o.stdout for o in outcomes] == [f"r{i}\n" for i in range(60)]
    assert seconds < 0.5 * 60 / 2, "they run side by side"
    assert leaked <= 0


def test_no_file_descriptors_left(site: Site, make_agent: MakeAgent) -> None:
    """A daemon that ran short of files once would leave agents that nobody watches, or calls without an end."""
    make_agent("ocf/ours/a", "exit 0")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def story(limit: int) -> Outcome:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
        try:
            return await asyncio.wait_for(Runner(site).run(ocf("a")), 30)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    async def all_limits() -> tuple[list[Outcome], int]:
        await Runner(site).run(ocf("a"))
        opened = os.listdir("/proc/self/fd")
        lowest = os.dup(0)
        os.close(lowest)
        outcomes = [await story(limit) for limit in (*range(lowest, lowest + 10), soft)]
        return outcomes, len(os.listdir("/proc/self/fd")) - len(opened)

    outcomes, leaked = asyncio.run(all_limits())
    reasons = {o.exit_reason for o in outcomes if o.status != ExecutionStatus.DONE}
    assert reasons
    assert all("Too many open files" in reason for reason in reasons), reasons
    assert outcomes[-1].status == ExecutionStatus.DONE
    assert leaked <= 0
