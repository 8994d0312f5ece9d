"""The lab's fence agent, run as a fencer runs it, against a lab of one socket."""

from __future__ import annotations

import socketserver
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import standfast.lab

AGENT = Path(standfast.lab.__file__).parent / "agents" / "fence_lab"
ANSWERS = {
    "reboot n2": "ok",
    "off n2": "ok",
    "on n2": "ok",
    "status n2": "ok off",
    "status n1": "ok on",
    "off n9": "no there is no n9",
    "list": "ok n1 n2 n3",
}


class Lab(socketserver.ThreadingUnixStreamServer):
    """Answers from the table, and remembers what it was asked."""

    asked: list[str]


class Line(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        line = self.rfile.readline().decode().strip()
        self.server.asked.append(line)  # type: ignore[attr-defined]
        answer = ANSWERS.get(line, "")
        if answer:
            self.wfile.write(answer.encode() + b"\n")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    server = Lab(str(tmp_path / "fence"), Line)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def call(lab: Lab, *arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
    """Run the agent with options on stdin, as a fencer does, or with arguments."""
    lines = "".join(f"{k}={v}\n" for k, v in ({"socket": str(lab.server_address)} | options).items())
    extra = [f"--socket={lab.server_address}"] if arguments else []
    return subprocess.run(
        [AGENT, *arguments, *extra], check=False, input=lines, text=True, capture_output=True, timeout=60
    )


@pytest.mark.parametrize("action", ["reboot", "off", "on"])
def test_power_actions_reach_the_lab(lab: Lab, action: str) -> None:
    """A lost node of the lab would never be fenced, and no recovery could be shown."""
    done = call(lab, action=action, port="n2", nodename="other")
    assert (done.returncode, lab.asked) == (0, [f"{action} n2"])


def test_target_by_nodename_and_by_arguments(lab: Lab) -> None:
    """A fencer that passes only the node's name, or an operator at a shell, would fence nobody."""
    assert call(lab, action="off", nodename="n2").returncode == 0
    assert call(lab, "-o", "off", "--plug=n2").returncode == 0
    assert lab.asked == ["off n2", "off n2"]


def test_status_says_on_and_off(lab: Lab) -> None:
    """A verification would believe that a running node is off."""
    assert call(lab, action="status", port="n2").returncode == 2
    assert call(lab, action="status", port="n1").returncode == 0


def test_list_and_monitor(lab: Lab) -> None:
    """A dynamic list would be empty, or the device's own monitor would fail."""
    listed = call(lab, action="list")
    assert (listed.returncode, listed.stdout) == (0, "n1,\nn2,\nn3,\n")
    assert call(lab, action="monitor").returncode == 0


def test_refusal_silence_and_absence_are_failures(lab: Lab, tmp_path: Path) -> None:
    """A node would count as off that the lab never touched."""
    refused = call(lab, action="off", port="n9")
    assert (refused.returncode, refused.stderr) == (1, "fence_lab: there is no n9\n")
    assert call(lab, action="off", port="nobody-answers").returncode == 1
    assert call(lab, action="off", port="n2", socket=str(tmp_path / "nothing")).returncode == 1
    assert call(lab, action="off").returncode == 1
    assert call(lab, action="explode", port="n2").returncode == 1


def test_metadata_names_what_fencers_read(lab: Lab) -> None:
    """A fencer would not know the agent's actions or how it takes its target."""
    printed = call(lab, "-o", "metadata").stdout
    assert all(f'<action name="{name}"' in printed for name in ("on", "off", "reboot", "status", "list", "monitor"))
    assert '<parameter name="port"' in printed
