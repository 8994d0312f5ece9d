"""The folder that all nodes of a lab see as /run/lab: sockets, LSB scripts, tools, the shared storage."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from standfast.errors import LiveError
from standfast.lab.live import folders, programs

SHIPPED = Path(__file__).resolve().parent.parent
_HOST_SCRIPTS = Path("/etc/init.d")


def furnish(folder: Path, tools: Sequence[str], files: Mapping[str, str]) -> None:
    """Fill a lab's shared folder. `tools` installs the commands that agents call into the folder it is given last.
    `files`: texts by their names.

    Raises: LiveError.
    """
    share = folder / folders.SHARE
    for name in ("init.d", "sbin", "store"):
        (share / name).mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (share / name).write_text(text)
    if tools:
        _install_tools([*tools, str(share / "sbin")])
    scripts = [*(_HOST_SCRIPTS.iterdir() if _HOST_SCRIPTS.is_dir() else ()), SHIPPED / "files" / "webserver"]
    for script in scripts:
        with contextlib.suppress(OSError):
            _install(script, share / "init.d")
    _install_command(share / "sbin" / "standfast")
    for agent in (SHIPPED / "agents").glob("fence_*"):
        _install(agent, share / "sbin")


def _install(source: Path, folder: Path) -> None:
    target = folder / source.name
    shutil.copyfile(source, target)
    target.chmod(0o755)


def _install_command(path: Path) -> None:
    """Let the command be found in the nodes. PYTHONPATH is in their environment."""
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m standfast.cli.main "$@"\n')
    path.chmod(0o755)


def _install_tools(command: Sequence[str]) -> None:
    environment = programs.environment()
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LiveError(f"the tools for agents cannot be installed: {error}") from error
    if done.returncode:
        raise LiveError(f"the tools for agents cannot be installed: {done.stderr.strip()}")


def demo_configuration() -> str:
    """Return the demonstration's configuration in the crm shell's language."""
    return (SHIPPED / "files" / "demo.crm").read_text()
