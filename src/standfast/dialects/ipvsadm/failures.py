"""ipvsadm's words for what the kernel refuses."""

from __future__ import annotations

import errno

from standfast.director import lvs

_ENGINE = "Scheduler or persistence engine not found"
_BY_COMMAND = {
    ("add-service", errno.EEXIST): "Service already exists",
    ("add-service", errno.ENOENT): _ENGINE,
    ("edit-service", errno.ESRCH): "No such service",
    ("edit-service", errno.ENOENT): _ENGINE,
    ("delete-service", errno.ESRCH): "No such service",
    ("zero", errno.ESRCH): "No such service",
    ("add-server", errno.ESRCH): "Service not defined",
    ("add-server", errno.EEXIST): "Destination already exists",
    ("edit-server", errno.ESRCH): "Service not defined",
    ("edit-server", errno.ENOENT): "No such destination",
    ("delete-server", errno.ESRCH): "Service not defined",
    ("delete-server", errno.ENOENT): "No such destination",
    ("start-daemon", errno.EEXIST): "Daemon has already run",
    ("stop-daemon", errno.ESRCH): "No daemon is running",
    ("list", errno.ESRCH): "No such service",
    ("save", errno.ESRCH): "No such service",
}
_ANYWHERE = {
    errno.EPERM: "Permission denied (you must be root)",
    errno.EINVAL: "Invalid operation.  Possibly wrong module version, address not unicast, ...",
    errno.ENOPROTOOPT: "Protocol not available",
    errno.ENOMEM: "Memory allocation problem",
    errno.EOPNOTSUPP: "Operation not supported with IPv6",
    errno.EAFNOSUPPORT: "Operation not supported with specified address family",
    errno.EMSGSIZE: "Module is wrong version",
}
_SYSTEM = {
    errno.ERANGE: "Numerical result out of range",
    errno.ENODEV: "No such device",
    errno.ENOENT: "No such file or directory",
    errno.ESRCH: "No such process",
    errno.EEXIST: "File exists",
    errno.EBUSY: "Device or resource busy",
    errno.EACCES: "Permission denied",
    errno.EPROTONOSUPPORT: "Protocol not supported",
    errno.ENETDOWN: "Network is down",
}


def text(command: str, number: int) -> str:
    """Return what ipvsadm says when a command meets an errno."""
    found = _BY_COMMAND.get((command, number)) or _ANYWHERE.get(number) or _SYSTEM.get(number)
    return found or f"Unknown error {number}"


def command_of(change: lvs.Change) -> str:
    """Return the command that makes a change."""
    return {
        lvs.AddService: "add-service",
        lvs.EditService: "edit-service",
        lvs.DeleteService: "delete-service",
        lvs.AddServer: "add-server",
        lvs.EditServer: "edit-server",
        lvs.DeleteServer: "delete-server",
    }[type(change)]
