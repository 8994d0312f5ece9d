"""Where the lab's programs import this package from."""

from __future__ import annotations

import os
from pathlib import Path

import standfast


def source_root() -> Path:
    """Return the folder that holds this package."""
    return Path(standfast.__file__).resolve().parent.parent


def python_path() -> str:
    """Return the PYTHONPATH of the lab's programs: this package, and what our own starter named."""
    return os.pathsep.join(part for part in (str(source_root()), os.environ.get("PYTHONPATH", "")) if part)


def environment() -> dict[str, str]:
    """Return our own environment, for a program that imports this package."""
    return os.environ | {"PYTHONPATH": python_path(), "PYTHONDONTWRITEBYTECODE": "1"}
