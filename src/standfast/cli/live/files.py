"""Files that are named on the command line; `-` is standard input or output."""

from __future__ import annotations

import os
import sys
import tempfile

from standfast.errors import Exit, RequestError


def read_text(name: str) -> str:
    """Return a file's text. Raises: RequestError if it cannot be read."""
    try:
        if name == "-":
            return sys.stdin.buffer.read().decode()
        with open(name, "rb") as file:
            return file.read().decode()
    except UnicodeDecodeError as e:
        raise RequestError(f"{name}: not UTF-8 at byte {e.start}", Exit.DATA) from None
    except OSError as e:
        raise RequestError(f"{name}: {e.strerror}", Exit.NO_INPUT) from None


def write_text(name: str, text: str) -> None:
    """Write a file, whole or not at all. Raises: RequestError if it cannot be written."""
    if name == "-":
        sys.stdout.write(text)
        return
    folder = os.path.dirname(os.path.abspath(name))
    try:
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix=".standfast-", delete=False) as file:
            file.write(text)
        os.chmod(file.name, 0o644)
        os.replace(file.name, name)
    except OSError as e:
        raise RequestError(f"{name}: {e.strerror}", Exit.IO) from None


def stdin_text() -> str | None:
    """Return what stands on standard input; None if a person sits there."""
    return None if sys.stdin is None or sys.stdin.isatty() else read_text("-")
