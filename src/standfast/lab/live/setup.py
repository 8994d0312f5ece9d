"""What a lab on this machine consists of: the commands of its processes, their environment, what must stay visible."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from standfast.lab import topology
from standfast.lab.live import folders, node, programs
from standfast.lab.live.settings import Settings

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def daemon_command(cluster: str) -> list[str]:
    """Return what starts the daemon in a node, with `{node}` and `{id}` for its name and id."""
    start = [sys.executable, "-m", "standfast.daemons.main", "--node", "{node}", "--node-id", "{id}"]
    start += ["--engine", "local", "--sequencer", f"{node.SHARE_INSIDE}/sequencer", "--cluster", cluster]
    tools = f"{node.SHARE_INSIDE}/sbin"
    return [*start, "--sbin", tools, "--fence-agents", tools, "--fence-agents", "/usr/sbin", "--panic", "init"]


def tools_command() -> list[str]:
    """Return what installs the commands that agents call into the folder named last."""
    return [sys.executable, "-m", "standfast.cli.main", "tools", "install"]


def sequencer_command(folder: str, count: int) -> list[str]:
    """Return what starts the sequencer."""
    members = [{"id": member.id, "name": member.name} for member in topology.nodes(count)]
    start = [sys.executable, "-m", "standfast.messaging.live.sequencer", f"{folder}/{folders.SHARE}/sequencer"]
    return [*start, "--config", json.dumps({"nodes": members})]


def environment() -> dict[str, str]:
    """Return the environment of all processes in a node: the lab's tools come first."""
    tools = f"{node.SHARE_INSIDE}/sbin"
    return {
        "PATH": f"{tools}:{_PATH}",
        "HA_SBIN_DIR": tools,
        "PYTHONPATH": programs.python_path(),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
        "HOME": "/root",
        "TERM": os.environ.get("TERM", "dumb"),
    }


def settings(
    name: str,
    count: int,
    *,
    with_daemon: bool = True,
    daemon: Sequence[str] | None = None,
    root: Path | None = None,
    overlay: bool = True,
    rootful: bool | None = None,
) -> Settings:
    """Return the settings of a lab.

    `daemon` replaces the command that is started in each node; `root`: the folder of all labs, instead of the user's;
    `rootful` false: in a user namespace although we are root.
    """
    folder = str(folders.of(name, root))
    command = daemon if daemon is not None else daemon_command(name) if with_daemon else ()
    return Settings(
        name=name,
        folder=folder,
        nodes=len(topology.nodes(count)),
        rootful=os.geteuid() == 0 if rootful is None else rootful,
        environment=environment(),
        daemon=list(command),
        sequencer=sequencer_command(folder, count),
        anchored=True,
        visible=sorted({sys.prefix, sys.base_prefix, *programs.python_path().split(os.pathsep)}),
        tools=tools_command() if with_daemon and daemon is None else (),
        overlay=overlay,
    )
