"""What an agent's end means: exit codes of all classes in OCF's, and why a call could not be made."""

from __future__ import annotations

import errno
from fnmatch import fnmatchcase

from standfast.agents.environment import REASON_PREFIX
from standfast.agents.invocation import ExecutionStatus, Invocation, Ocf

LSB_STATUS = {0: Ocf.OK, 1: Ocf.NOT_RUNNING, 2: Ocf.NOT_RUNNING, 3: Ocf.NOT_RUNNING}
MISSING = (errno.ENOENT, errno.EISDIR, errno.ENOTDIR, errno.EINVAL, errno.ENOEXEC, errno.ELOOP, errno.ENAMETOOLONG)
FORBIDDEN = (errno.EACCES, errno.EPERM)


def from_ocf(code: int) -> int:
    """Return an OCF agent's exit code; what OCF does not know is an unknown error. Source: services__ocf2ocf."""
    known = 0 <= code <= Ocf.FAILED_PROMOTED or code in (Ocf.DEGRADED, Ocf.DEGRADED_PROMOTED)
    return code if known else int(Ocf.UNKNOWN_ERROR)


def from_lsb(action: str, code: int) -> int:
    """Return an init script's exit code as OCF's. `action` is monitor or status, or another.

    A status of 1 (dead, pid file left), 2 (dead, lock file left) and 3 is not running; 4 and all others are an error.
    For other actions codes up to 7 mean the same. Source: LSB 5.0 core, "Init Script Actions".
    """
    if action in ("status", "monitor"):
        return int(LSB_STATUS.get(code, Ocf.UNKNOWN_ERROR))
    return code if 0 <= code <= Ocf.NOT_RUNNING else int(Ocf.UNKNOWN_ERROR)


def from_heartbeat(action: str, code: int, stdout: str) -> int:
    """Return a heartbeat 1 agent's end as OCF's code: its status is a word on standard output, not its exit code.

    Source: heartbeat's raexechb: "stopped" and "not running" win over "running" and "OK"; else it is not running.
    """
    if action not in ("status", "monitor"):
        return from_lsb(action, code)
    said = " ".join(stdout.lower().split())
    if fnmatchcase(said, "*stopped*") or fnmatchcase(said, "*not*running*"):
        return int(Ocf.NOT_RUNNING)
    return int(Ocf.OK if "running" in said or "ok" in said else Ocf.NOT_RUNNING)


def to_ocf(invocation: Invocation, code: int, stdout: str = "") -> int:
    """Return an exit code as OCF's, by the agent's class. A fence agent's is left as it is (its status says 2: off)."""
    match invocation.agent.standard:
        case "ocf":
            return from_ocf(code)
        case "lsb" | "service":
            return from_lsb(invocation.action, code)
        case "heartbeat":
            return from_heartbeat(invocation.action, code, stdout)
    return code


def exit_reason(stderr: str) -> str:
    """Return the last `ocf-exit-reason:` of an agent's standard error, to the end of its line; "" if there is none."""
    _, found, rest = stderr.rpartition(REASON_PREFIX)
    return rest.split("\n", 1)[0].strip() if found else ""


def refusal(error: int) -> tuple[int, ExecutionStatus]:
    """Return exit code and status of a call that the kernel refused with this errno.

    Missing, a folder, or no program: not installed. Not permitted (not executable): insufficient privilege.
    Source: services__handle_exec_error of Pacemaker.
    """
    if error in MISSING:
        return int(Ocf.NOT_INSTALLED), ExecutionStatus.NOT_INSTALLED
    if error in FORBIDDEN:
        return int(Ocf.INSUFFICIENT_PRIV), ExecutionStatus.ERROR
    return int(Ocf.UNKNOWN_ERROR), ExecutionStatus.ERROR
