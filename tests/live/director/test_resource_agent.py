"""ocf:standfast:director with virtual routers (no IPVS is needed): by ocf-tester, our executor and Pacemaker."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from standfast.agents import AgentName, Site
from standfast.executor import Execute, Operation, Result
from standfast.executor.live import Executor, Journal

pytestmark = pytest.mark.live
ROOT = Path(__file__).resolve().parents[3]
AGENTS = ROOT / "src" / "standfast" / "ocf" / "resource.d"
NAME = AgentName("ocf", "director", "standfast")
SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PATIENCE_S = 60.0
CONF = """
vrrp_instance V {
    interface eth0
    virtual_router_id 51
    advert_int 0.1
    version 3
    virtual_ipaddress {
        10.9.0.100/24
    }
}
"""
CIB = """<cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration>
<crm_config/><nodes><node id="1" uname="n1"/></nodes><resources>
<primitive id="lb" class="ocf" provider="standfast" type="director"><instance_attributes id="a">{nvpairs}
</instance_attributes></primitive></resources><constraints/></configuration><status/></cib>
"""


class Machine:
    """A network namespace with an interface, and the parameters of a director in it."""

    def __init__(self, folder: Path, network: Any) -> None:
        self.folder, self.network = folder, network
        network.switch("s")
        network.add("a")
        network.plug("a", "eth0", "s", "10.9.0.1/24")
        (folder / "conf").write_text(CONF)
        program = folder / "program"
        python = f"{sys.executable} -m standfast.daemons.director.command"
        program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT}/src exec {python} "$@"\n')
        program.chmod(0o755)
        self.run_folder = folder / "run"
        self.parameters = {
            "config": str(folder / "conf"),
            "folder": str(self.run_folder),
            "program": str(program),
            "namespace": network.real("a"),
        }

    def has_address(self) -> bool:
        """Return whether the virtual address is set."""
        links = json.loads(self.network.run("a", "ip", "-j", "addr"))
        return any(info["local"] == "10.9.0.100" for link in links for info in link.get("addr_info", ()))

    def pid(self) -> int:
        """Return the director's process."""
        return int((self.run_folder / "director-lb.pid").read_text())

    def kill(self) -> None:
        """Kill the director with all of its processes, none of which can clean up."""
        pid = self.pid()
        os.kill(pid, signal.SIGSTOP)
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            os.kill(int(child), signal.SIGKILL)
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def machine(tmp_path: Path, network: Any) -> Iterator[Machine]:
    """A machine of the test's own; a director that is left on it is killed."""
    made = Machine(tmp_path, network)
    yield made
    with contextlib.suppress(OSError, ValueError):
        made.kill()


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.02)


@pytest.mark.slow
def test_ocf_tester_finds_nothing(machine: Machine) -> None:
    """If this failed, a cluster could take a running director for a stopped one, or the other way round.

    ocf-tester's DTD is that of the first OCF API, which knows no `reloadable`: that complaint is none.
    """
    if shutil.which("ocf-tester", path=SEARCH) is None:
        pytest.skip("not installed: resource-agents")
    options = [word for name, value in machine.parameters.items() for word in ("-o", f"{name}={value}")]
    done = subprocess.run(
        ["ocf-tester", "-n", "lb", *options, str(AGENTS / "standfast/director")],
        capture_output=True, text=True, timeout=240, check=False, env={**os.environ, "PATH": SEARCH},
    )  # fmt: skip
    complaints = [line for line in done.stdout.splitlines() if line.startswith("* rc=")]
    assert [line for line in complaints if "ra-api-1.dtd" not in line] == [], done.stdout + done.stderr
    assert "does not support promotable clones" in done.stdout, "it did not come to its end"
    assert not machine.has_address()


class Node:
    """An executor, and the results that it told."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.results: list[Result] = []
        self.executor = Executor(
            self.results.append,
            site=Site(ocf_directories=(str(AGENTS),)),
            journal=Journal(str(machine.folder / "executor"), boot="b"),
        )

    def order(self, task: str, interval_ms: int = 0) -> None:
        """Order an operation."""
        key = f"{len(self.results)}:{task}"
        parameters = self.machine.parameters
        self.executor.submit(Execute(Operation("lb", NAME, task, interval_ms, 30_000, key, parameters=parameters)))

    async def run(self, task: str) -> int:
        """Order an operation that runs once and return its OCF status."""
        self.order(task)
        return await self.status_of(task)

    async def status_of(self, task: str, interval_ms: int = 0) -> int:
        """Return the OCF status of the next result of an operation."""
        known = len(self.results)

        def told() -> list[Result]:
            mine = ("lb", task, interval_ms)
            new = self.results[known:]
            return [r for r in new if (r.operation.resource_id, r.operation.task, r.operation.interval_ms) == mine]

        await until(lambda: bool(told()))
        return told()[0].exit_code


def story(machine: Machine, told: Callable[[Node], Awaitable[None]]) -> None:
    """Run a story on a node of its own."""

    async def main() -> None:
        node = Node(machine)
        try:
            await told(node)
        finally:
            node.executor.close()

    asyncio.run(main())


@pytest.mark.slow
def test_our_executor_runs_it(machine: Machine) -> None:
    """If this failed, the director could be no resource of our cluster; a killed one must leave no address behind."""

    async def told(node: Node) -> None:
        assert await node.run("monitor") == 7
        assert await node.run("start") == 0
        await until(machine.has_address)
        node.order("monitor", 500)
        assert await node.status_of("monitor", 500) == 0
        machine.kill()
        assert await node.status_of("monitor", 500) == 1
        assert machine.has_address(), "nobody was left to remove it"
        assert await node.run("stop") == 0
        assert not machine.has_address()
        assert await node.run("monitor") == 7
        assert await node.run("start") == 0
        await until(machine.has_address)
        assert await node.run("stop") == 0
        assert not machine.has_address()

    story(machine, told)


def pacemaker(machine: Machine, action: str) -> int:
    """Return how an action ends that Pacemaker's own crm_resource runs, with the agent where Pacemaker looks."""
    nvpairs = "".join(f'<nvpair id="{n}" name="{n}" value="{v}"/>' for n, v in machine.parameters.items())
    (machine.folder / "cib.xml").write_text(CIB.format(nvpairs=nvpairs))
    script = f"mount --bind {AGENTS} /usr/lib/ocf/resource.d && exec /usr/sbin/crm_resource -r lb {action}"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script],
        capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        env={**os.environ, "PATH": SEARCH, "CIB_file": str(machine.folder / "cib.xml")},
    )  # fmt: skip
    return done.returncode


@pytest.mark.slow
def test_pacemaker_runs_it(machine: Machine) -> None:
    """If this failed, the director could be no resource of a Pacemaker cluster."""
    if not Path("/usr/sbin/crm_resource").exists() or not Path("/usr/lib/ocf/resource.d").is_dir():
        pytest.skip("not installed: pacemaker-cli-utils")
    assert pacemaker(machine, "--validate") == 0
    assert pacemaker(machine, "--force-check") == 7
    assert pacemaker(machine, "--force-start") == 0
    end = time.monotonic() + PATIENCE_S
    while not machine.has_address():
        assert time.monotonic() < end
        time.sleep(0.02)
    assert pacemaker(machine, "--force-start") == 0
    assert pacemaker(machine, "--force-check") == 0
    assert pacemaker(machine, "--force-stop") == 0
    assert not machine.has_address()
    assert pacemaker(machine, "--force-check") == 7
