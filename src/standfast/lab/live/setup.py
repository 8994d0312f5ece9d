"""What a lab on this machine consists of: the commands of its processes, their environment, what must stay visible."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from standfast.errors import Exit, RequestError
from standfast.lab import corosync_conf, topology
from standfast.lab.live import folders, node, programs
from standfast.lab.live.settings import Settings

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


ENGINES = ("local", "corosync")


def daemon_command(cluster: str, engine: str = "local") -> list[str]:
    """Return what starts the daemon in a node, with `{node}` and `{id}` for its name and id."""
    start = [sys.executable, "-m", "standfast.daemons.main", "--engine", engine, "--cluster", cluster]
    if engine == "local":
        start += ["--node", "{node}", "--node-id", "{id}", "--sequencer", f"{node.SHARE_INSIDE}/sequencer"]
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


def corosync_command() -> list[str]:
    """Return what starts Corosync in a node. Raises: RequestError if it is not installed."""
    if not shutil.which("corosync", path=_PATH):
        line = "apt-get install -y --no-install-recommends corosync"
        raise RequestError(f"corosync is missing; type: sudo {line}", Exit.UNAVAILABLE)
    state, conf = "/var/lib/standfast/corosync", f"{node.SHARE_INSIDE}/{corosync_conf.FILE}"
    return ["sh", "-c", f"mkdir -p {state} && exec corosync -f -c {conf}"]


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
    engine: str = "local",
    conf: str = "",
    token_ms: int = corosync_conf.TOKEN_MS,
) -> Settings:
    """Return the settings of a lab.

    `daemon` replaces the command that is started in each node; `root`: the folder of all labs, instead of the user's;
    `rootful` false: in a user namespace although we are root; `engine`: one of `ENGINES`; `conf`: the corosync.conf,
    if not the lab's own with `token_ms`. Raises: RequestError.
    """
    folder = str(folders.of(name, root))
    command = daemon if daemon is not None else daemon_command(name, engine) if with_daemon else ()
    members, on_corosync = topology.nodes(count), engine == "corosync"
    text = conf or corosync_conf.text(name, members, token_ms)
    return Settings(
        name=name,
        folder=folder,
        nodes=len(members),
        rootful=os.geteuid() == 0 if rootful is None else rootful,
        environment=environment(),
        daemon=list(command),
        sequencer=() if on_corosync else sequencer_command(folder, count),
        anchored=not on_corosync,
        engine=corosync_command() if on_corosync else (),
        shared_files={corosync_conf.FILE: text} if on_corosync else {},
        visible=sorted({sys.prefix, sys.base_prefix, *programs.python_path().split(os.pathsep)}),
        tools=tools_command() if with_daemon and daemon is None else (),
        overlay=overlay,
    )
