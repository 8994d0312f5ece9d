"""Whether a script may be run: nobody but root can change what root runs. Source: keepalived.conf(5), SCRIPTS."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import stat
from pathlib import Path

from standfast.director.checks import Script

_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def trouble(script: Script) -> str:
    """Return why a script must not be run, "" if it may: one that root does not run may always.

    Raises: KeyError if there is no such user or group.
    """
    command = shutil.which(script.arguments[0])
    if command is None:
        return f"{script.arguments[0]}: cannot be executed"
    place = Path(command).absolute()
    real = place.resolve()
    if not (_is_roots(script) or _becomes_roots(real.stat())):
        return ""
    for path in dict.fromkeys((*reversed(place.parents), place, *reversed(real.parents), real)):
        if _is_others(path.lstat()):
            return f"others than root can change {path}"
    return ""


def _is_roots(script: Script) -> bool:
    owner = pwd.getpwnam(script.user) if script.user else pwd.getpwuid(os.geteuid())
    group = grp.getgrnam(script.group).gr_gid if script.group else owner.pw_gid
    return owner.pw_uid == 0 or group == 0


def _becomes_roots(found: os.stat_result) -> bool:
    by_user = found.st_uid == 0 and found.st_mode & stat.S_ISUID
    return bool(by_user or (found.st_gid == 0 and found.st_mode & stat.S_ISGID))


def _is_others(found: os.stat_result) -> bool:
    """Return whether others can change what is there: in a sticky folder they cannot; a link has no mode of its own."""
    if found.st_uid != 0:
        return True
    if stat.S_ISLNK(found.st_mode) or (stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX):
        return False
    others = found.st_mode & _OTHERS
    return bool(others & stat.S_IWOTH) or bool(others and found.st_gid != 0)
