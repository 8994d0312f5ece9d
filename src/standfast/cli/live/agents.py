"""The agents on this machine, as the commands list them."""

from __future__ import annotations

import os
import subprocess

from standfast.dialects.crm.resources import agent_of

_INFO_TIMEOUT_S = 20


def _ocf_root() -> str:
    return os.path.join(os.environ.get("OCF_ROOT", "/usr/lib/ocf"), "resource.d")


def _programs(folder: str, prefix: str = "") -> list[str]:
    """Return the names of the programs in a folder."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    good = (n for n in names if n.startswith(prefix) and not n.startswith("."))
    return sorted(n for n in good if os.access(os.path.join(folder, n), os.X_OK) and not n.endswith(".sh"))


def providers() -> list[str]:
    """Return the providers of OCF agents."""
    root = _ocf_root()
    return [p for p in _programs(root) if os.path.isdir(os.path.join(root, p))]


def names(standard: str, provider: str = "") -> list[str]:
    """Return the agents of a class (and provider)."""
    match standard:
        case "ocf":
            chosen = [provider] if provider else providers()
            found = {n for p in chosen for n in _programs(os.path.join(_ocf_root(), p))}
            return sorted(n for n in found if not n.startswith("ocf-"))
        case "lsb":
            return _programs("/etc/init.d")
        case "stonith":
            return _programs("/usr/sbin", "fence_")
        case "systemd" | "service":
            folders = ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
            units = {n[:-8] for f in folders if os.path.isdir(f) for n in os.listdir(f) if n.endswith(".service")}
            return sorted(units)
        case _:
            return []


def description(agent: str) -> str | None:
    """Return an agent's meta-data; None if there is no such agent here."""
    standard, provider, kind = agent_of(agent) or ("", "", "")
    if standard == "ocf":
        command = [os.path.join(_ocf_root(), provider, kind), "meta-data"]
    elif standard == "stonith":
        command = [os.path.join("/usr/sbin", kind), "-o", "metadata"]
    else:
        return None
    if not os.access(command[0], os.X_OK):
        return None
    environment = os.environ | {"OCF_ROOT": os.path.dirname(_ocf_root())}
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=_INFO_TIMEOUT_S, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout or None
