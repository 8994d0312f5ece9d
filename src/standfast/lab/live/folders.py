"""Where labs live on disk: one state folder a lab, below one folder a user."""

from __future__ import annotations

import os
import re
from pathlib import Path

from standfast.errors import Exit, RequestError

CONTROL = "control"
LOG = "supervisor.log"
SHARE = "share"


def root() -> Path:
    """Return the folder of all labs of this user (STANDFAST_LAB_DIR names another)."""
    named = os.environ.get("STANDFAST_LAB_DIR")
    if named:
        return Path(named)
    if os.geteuid() == 0:
        return Path("/run/standfast-lab")
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and os.access(runtime, os.W_OK):
        return Path(runtime) / "standfast-lab"
    return Path(f"/tmp/standfast-lab-{os.geteuid()}")


def of(name: str, top: Path | None = None) -> Path:
    """Return the state folder of a lab, below `top` if given instead of the user's folder.

    Raises: RequestError if it cannot be a lab's name.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", name):
        raise RequestError(f"{name!r} is no name for a lab; expected letters, digits, '-', '_', '.'", Exit.USAGE)
    return (top or root()) / name


def names(top: Path) -> list[str]:
    """Return the names of the labs that have a state folder below `top`."""
    return sorted(entry.name for entry in top.iterdir() if (entry / CONTROL).exists()) if top.is_dir() else []
