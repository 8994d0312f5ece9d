"""How the processes are to run, as a configuration says. Source: keepalived.conf(5)."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from standfast import director
from standfast.dialects.keepalived.engine import Draft
from standfast.dialects.keepalived.source import Source

_BITS = {"USR": 6, "GRP": 3, "OTH": 0}
_RIGHTS = {"R": 4, "W": 2, "X": 1}


class ProcessWide(msgspec.Struct, frozen=True):
    """What all processes share: `instance` is a part of their files' names, which `in_folder` are in a folder of their
    own; `umask` is of the files that they make."""

    instance: str = ""
    in_folder: bool = False
    umask: int | None = None


def process_wide_of(source: Source) -> ProcessWide:
    """Return it."""
    instance = str(source.values.get("instance", ""))
    umask = source.values.get("umask")
    in_folder = bool(instance or source.values.get("use_pid_dir"))
    return ProcessWide(instance, in_folder, None if umask is None else umask_of(umask))


def umask_of(word: str) -> int:
    """Return a mask of permissions: a number in C's form, or IRUSR, IWGRP and so on with bars between."""
    if word[:1].isdigit():
        return int(word, 8 if word[:1] == "0" and word[1:2] not in ("x", "X") else 0)
    return sum(_RIGHTS[right] << _BITS[whose] for right, whose in set(re.findall(r"I([RWX])(USR|GRP|OTH)", word)))


def checkers_running_of(source: Source) -> director.Running:
    """Return how the checkers' process is to run."""
    return director.Running(**standing_of(source.values, "checker"))


def standing_of(values: Draft, process: str) -> dict[str, Any]:
    """Return how a process stands among others, by the names that its nouns have for that."""
    return {
        "rt_priority": values.get(f"{process}_rt_priority", 0),
        "rttime_limit_us": values.get(f"{process}_rlimit_rttime", 0),
        "nice": values.get(f"{process}_priority", 0),
        "no_swap": bool(values.get(f"{process}_no_swap")),
        "processors": tuple(values.get(f"{process}_cpu_affinity", ())),
    }
