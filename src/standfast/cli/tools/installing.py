"""Launchers of the tools: small shell scripts in a folder, with the path of this interpreter.

The tools want the standard library alone, and are spared the search for more.
"""

from __future__ import annotations

import os
import sys

from standfast.cli.tools import NAMES, PERSONALITIES, exits
from standfast.cli.tools.exits import ToolError

USAGE = "usage: tools install FOLDER"


def install(folder: str) -> list[str]:
    """Write a launcher for each tool; return their paths. Raises: OSError."""
    here = os.path.dirname(os.path.realpath(__file__))
    launcher = _quoted(os.path.join(here, "launch.py"))
    plain = f"{_quoted(os.path.realpath(sys.executable))} -S -E -s"
    with_packages = f"{_quoted(os.path.abspath(sys.executable))} -E -s"
    os.makedirs(folder, exist_ok=True)
    made = []
    for name in (*NAMES, *PERSONALITIES):
        path = os.path.join(folder, name)
        text = f'#!/bin/sh\nexec {with_packages if name in PERSONALITIES else plain} {launcher} {name} "$@"\n'
        with open(path + ".new", "w", encoding="utf-8") as script:
            script.write(text)
            os.fchmod(script.fileno(), 0o755)
        os.replace(path + ".new", path)
        made.append(path)
    return made


def main(arguments: list[str]) -> int:
    """Install the launchers into the folder that is named."""
    if len(arguments) != 2 or arguments[0] != "install":
        raise ToolError(USAGE, exits.USAGE)
    try:
        install(arguments[1])
    except OSError as e:
        raise ToolError(f"{e.filename or arguments[1]}: {e.strerror}", exits.ERROR) from None
    return exits.OK


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
