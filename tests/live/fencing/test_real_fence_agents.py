"""Fence agents of the distribution, called with what the fencing machine gives them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from standfast import agents
from standfast.agents.command import fence_input
from standfast.fencing import Device, capabilities, devices

SBIN = Path("/usr/sbin")
pytestmark = pytest.mark.live


def call(invocation: agents.Invocation) -> subprocess.CompletedProcess[str]:
    """Run a fence agent as the executor's runner does: everything on stdin."""
    program = SBIN / invocation.agent.type
    if not program.exists():
        pytest.skip(f"no {invocation.agent.type} here")
    text = fence_input(invocation).decode()
    return subprocess.run([program], input=text, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("agent", "missing", "argument", "unfences"),
    [
        ("fence_ipmilan", {"list"}, "port", False),
        ("fence_apc", set(), "port", False),
        ("fence_virsh", set(), "port", False),
        ("fence_scsi", {"list", "reboot"}, "port", True),
        ("fence_kdump", {"list", "on", "reboot", "status"}, "none", False),
    ],
)
def test_metadata(agent: str, missing: set[str], argument: str, unfences: bool) -> None:
    """A device would be called with an action or a target's name that its agent does not know."""
    done = call(agents.Invocation(agents.AgentName("stonith", agent), "metadata", 15_000))
    found = capabilities.parse(done.stdout)
    assert found is not None
    assert {"on", "off", "reboot", "status", "list"} - found.actions == missing
    assert (found.host_argument, found.automatic_unfencing) == (argument, unfences)


def test_a_real_agent_switches_off_and_on(tmp_path: Path) -> None:
    """The words that we hand to an agent would not be what agents read."""
    device = Device("d", "fence_dummy", {"status_file": str(tmp_path / "state"), "pcmk_host_list": "n1"})
    able = capabilities.Capabilities(host_argument="none")
    codes = {}
    for action in ("on", "status", "off", "status", "reboot", "status"):
        done = call(devices.invocation(device, action, able, 20_000, "n1", 1))
        codes[action] = [*codes.get(action, []), done.returncode]
    assert codes == {"on": [0], "status": [0, 2, 0], "off": [0], "reboot": [0]}
