"""The agents of resource-agents and pacemaker, as they are installed."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from standfast.agents import AgentName, Invocation, Ocf, Outcome, Site
from standfast.agents.live import Runner, make_rsctmp

pytestmark = pytest.mark.live
AGENTS = Path("/usr/lib/ocf/resource.d")
TIMEOUT_MS = 60_000
DEVICE = (
    "link add eth7 type veth peer name eth8",
    "addr add 10.77.0.1/24 dev eth7",
    "link set eth7 up",
    "link set eth8 up",
    "link set lo up",
)


def steps(site: Site, invocation: Invocation, *actions: str) -> list[int]:
    """Return the exit codes of these actions, one after the other."""

    make_rsctmp()

    async def story() -> list[Outcome]:
        return [await Runner(site).run(msgspec.structs.replace(invocation, action=a)) for a in actions]

    outcomes = asyncio.run(story())
    for action, outcome in zip(actions, outcomes, strict=True):
        print(action, outcome)
    return [o.exit_code for o in outcomes]


@pytest.mark.parametrize("provider", ["heartbeat", "pacemaker"])
def test_dummy(provider: str, tmp_path: Path) -> None:
    """No real agent would understand how it is called."""
    if not (AGENTS / provider / "Dummy").exists():
        pytest.skip(f"ocf:{provider}:Dummy is not installed")
    state = str(tmp_path / "state")
    call = Invocation(AgentName("ocf", "Dummy", provider), "", TIMEOUT_MS, "d", {"state": state})
    codes = steps(Site(), call, "monitor", "start", "monitor", "validate-all", "stop", "monitor", "nonsense")
    assert codes == [7, 0, 0, 0, 0, 7, 3]


def test_stateful(tmp_path: Path) -> None:
    """Nothing could be promoted."""
    if not (AGENTS / "pacemaker" / "Stateful").exists():
        pytest.skip("ocf:pacemaker:Stateful is not installed")
    commands = tmp_path / "sbin"
    commands.mkdir()
    for name in ("crm_attribute", "crm_master", "attrd_updater"):
        (commands / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{tmp_path}/log\n')
        (commands / name).chmod(0o755)
    site = Site(sbin_directory=str(commands))
    call = Invocation(AgentName("ocf", "Stateful", "pacemaker"), "", TIMEOUT_MS, "s", {"state": str(tmp_path / "st")})
    codes = steps(
        site, call, "monitor", "start", "monitor", "promote", "monitor", "demote", "monitor", "stop", "monitor"
    )
    assert codes == [7, 0, 0, 0, 8, 0, 0, 0, 7]
    assert (tmp_path / "log").read_text(), "the agent finds the cluster's own commands"


@pytest.fixture
def network() -> Iterator[str]:
    """Give the name of a network namespace with a device `eth7`."""
    if os.geteuid() != 0:
        pytest.skip("needs root to make a network namespace")
    name = f"sf-test-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no network namespaces: {made.stderr.strip()}")
    try:
        for words in DEVICE:
            done = subprocess.run(["ip", "-n", name, *words.split()], capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"ip {words}: {done.stderr.strip()}")
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False)


@pytest.mark.parametrize("agent", ["IPaddr", "IPaddr2"])
def test_address(network: str, agent: str, tmp_path: Path) -> None:
    """The first thing that everybody runs on a cluster, a virtual address, would not come up."""
    if not (AGENTS / "heartbeat" / agent).exists():
        pytest.skip(f"ocf:heartbeat:{agent} is not installed")
    if agent == "IPaddr" and not Path("/sbin/ifconfig").exists():
        pytest.skip("IPaddr needs net-tools")
    folder = tmp_path / "heartbeat"
    folder.mkdir()
    wrapper = folder / agent
    wrapper.write_text(f'#!/bin/sh\nexec ip netns exec {network} {AGENTS}/heartbeat/{agent} "$@"\n')
    wrapper.chmod(0o755)
    parameters = {"ip": "10.77.0.10", "cidr_netmask": "24", "nic": "eth7"}
    call = Invocation(AgentName("ocf", agent, "heartbeat"), "", TIMEOUT_MS, "ip", parameters)
    codes = steps(Site(ocf_directories=(str(tmp_path),)), call, "monitor", "start", "monitor")
    shown = subprocess.run(["ip", "-n", network, "addr"], capture_output=True, text=True, check=True).stdout
    assert codes == [Ocf.NOT_RUNNING, Ocf.OK, Ocf.OK]
    assert "10.77.0.10/" in shown
    assert steps(Site(ocf_directories=(str(tmp_path),)), call, "stop", "monitor") == [Ocf.OK, Ocf.NOT_RUNNING]
