"""Agents on this machine as crm_resource lists them."""

from __future__ import annotations

import os
import sys

from standfast.cli.tools import printing
from standfast.cli.tools.exits import ERROR, NO_SUCH, OK, ToolError

STANDARDS = ("ocf", "lsb", "service", "systemd", "stonith")


def answer(command: str, about: str) -> int:
    """Print what is asked for."""
    if command == "show-metadata":
        return _metadata(about)
    names = _names(command, about)
    if not names:
        raise ToolError(f"No agents found for {about or command}", NO_SUCH)
    for name in names:
        printing.out(name)
    return OK


def _names(command: str, about: str) -> list[str]:
    match command:
        case "list-standards":
            return list(STANDARDS)
        case "list-ocf-providers":
            return _providers()
        case "list-agents":
            return _agents(about)
    return [p for p in _providers() if about in _programs(_ocf(p))]


def _ocf(provider: str = "") -> str:
    return os.path.join(os.environ.get("OCF_ROOT", "/usr/lib/ocf"), "resource.d", provider)


def _providers() -> list[str]:
    return [name for name in _listed(_ocf()) if os.path.isdir(_ocf(name))]


def _listed(folder: str) -> list[str]:
    try:
        return sorted(n for n in os.listdir(folder) if not n.startswith("."))
    except OSError:
        return []


def _programs(folder: str, start: str = "") -> list[str]:
    return [n for n in _listed(folder) if n.startswith(start) and os.access(os.path.join(folder, n), os.X_OK)]


def _agents(about: str) -> list[str]:
    standard, _, provider = about.partition(":")
    match standard:
        case "ocf":
            return sorted({n for p in ([provider] if provider else _providers()) for n in _programs(_ocf(p))})
        case "lsb":
            return _programs("/etc/init.d")
        case "stonith":
            return _programs("/usr/sbin", "fence_")
    folders = ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
    units = {n.removesuffix(".service") for f in folders for n in _listed(f) if n.endswith(".service")}
    return sorted(units) + (_programs("/etc/init.d") if standard == "service" else [])


def _metadata(spec: str) -> int:
    import subprocess  # only here: it is slow to import

    parts = spec.split(":")
    if parts[0] == "ocf" and len(parts) == 3:
        command = [os.path.join(_ocf(parts[1]), parts[2]), "meta-data"]
    elif parts[0] == "stonith" and len(parts) == 2:
        command = [f"/usr/sbin/{parts[1]}", "-o", "metadata"]
    else:
        raise ToolError(f"{spec!r}: expected ocf:PROVIDER:TYPE or stonith:TYPE", NO_SUCH)
    environment = os.environ | {"OCF_ROOT": os.environ.get("OCF_ROOT", "/usr/lib/ocf")}
    try:
        done = subprocess.run(command, check=False, env=environment, stdout=subprocess.PIPE)
    except OSError:
        raise ToolError(f"there is no agent {spec}", NO_SUCH) from None
    sys.stdout.write(done.stdout.decode(errors="replace"))
    return OK if done.returncode == 0 else ERROR
