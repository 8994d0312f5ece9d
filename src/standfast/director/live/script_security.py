"""Whether a script may be run: nobody but root can change what root runs. Source: keepalived.conf(5), SCRIPTS."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path

from standfast.director.checks import Script

_OTHERS = stat.S_IWGRP | stat.S_IWOTH


def trouble(script: Script) -> str:
    """Return why a script must not be run, "" if it may; one that root does not run may always."""
    user = pwd.getpwnam(script.user).pw_uid if script.user else os.geteuid()
    if user != 0 or not script.arguments[0].startswith("/"):
        return ""
    place = Path(script.arguments[0])
    real = place.resolve()
    for path in dict.fromkeys((*reversed(place.parents), place, *reversed(real.parents), real)):
        try:
            found = path.lstat()
        except OSError as error:
            return f"{path}: {error.strerror}"
        if _is_others(found):
            return f"others than root can change {path}"
    return ""


def _is_others(found: os.stat_result) -> bool:
    """Return whether others can change what is there: in a sticky folder they cannot; a link has no mode of its own."""
    if found.st_uid != 0:
        return True
    if stat.S_ISLNK(found.st_mode) or (stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX):
        return False
    others = found.st_mode & _OTHERS
    return bool(others & stat.S_IWOTH) or bool(others and found.st_gid != 0)
