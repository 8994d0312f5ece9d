"""A systemd unit as a resource: its name, its drop-in, and what its states and jobs mean.

Source: Pacemaker 3.0, lib/services/systemd.c; org.freedesktop.systemd1(5).
"""

from __future__ import annotations

from standfast.agents.invocation import ExecutionStatus, Ocf, Outcome

SUFFIXES = ("service", "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "snapshot", "scope")
MISSING = tuple(f"org.freedesktop.systemd1.{name}" for name in ("InvalidName", "LoadFailed", "NoSuchUnit"))
ON_THE_WAY = ("activating", "deactivating")
METHODS = {"start": "StartUnit", "stop": "StopUnit", "restart": "RestartUnit", "reload": "ReloadUnit"}
DROP_IN = "50-standfast.conf"


def unit_name(name: str) -> str:
    """Return the unit that a resource type names: a service unless it says more. A template gets us as its instance."""
    stem, dot, suffix = name.rpartition(".")
    if not dot or suffix not in SUFFIXES:
        stem, suffix = name, "service"
    return f"{stem}standfast.{suffix}" if stem.endswith("@") else f"{stem}.{suffix}"


def drop_in(unit: str) -> str:
    """Return what overrides a unit while the cluster runs it: it stops before the cluster does, and systemd does not
    restart what fails: that is the cluster's to decide."""
    text = f"[Unit]\nDescription=Cluster Controlled {unit}\nBefore=standfastd.service\n"
    return text + ("\n[Service]\nRestart=no\n" if unit.endswith(".service") else "")


def state_outcome(state: str) -> Outcome | None:
    """Return what an ActiveState means to a monitor; None while the unit is on its way to another."""
    if state in ON_THE_WAY:
        return None
    if state in ("active", "reloading", "refreshing"):
        return Outcome(int(Ocf.OK), ExecutionStatus.DONE)
    return Outcome(int(Ocf.NOT_RUNNING), ExecutionStatus.DONE, state)


def job_outcome(action: str, unit: str, result: str) -> Outcome:
    """Return what the end of a job means: `done` is success."""
    if result == "done":
        return Outcome(int(Ocf.OK), ExecutionStatus.DONE)
    if result == "timeout":
        return Outcome(int(Ocf.UNKNOWN_ERROR), ExecutionStatus.TIMEOUT, f"systemd {action} job for {unit} timed out")
    reason = f"systemd {action} job for {unit} ended with {result!r}"
    return Outcome(int(Ocf.UNKNOWN_ERROR), ExecutionStatus.ERROR, reason)


def error_outcome(action: str, unit: str, name: str, message: str) -> Outcome:
    """Return what a D-Bus error means. A unit that does not exist is stopped."""
    if name in MISSING:
        if action == "stop":
            return Outcome(int(Ocf.OK), ExecutionStatus.DONE)
        return Outcome(int(Ocf.NOT_INSTALLED), ExecutionStatus.NOT_INSTALLED, f"systemd unit {unit} not found")
    return Outcome(int(Ocf.UNKNOWN_ERROR), ExecutionStatus.ERROR, f"systemd: {name}: {message}")
