"""Who gets into a view: those whose versions have one in common, one daemon a node."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from standfast.messaging.cpg_events import Process
from standfast.messaging.cpg_nouns import Hello


class Admission(msgspec.Struct, frozen=True):
    """Who is in and why others are not. `version`: what all who are in speak."""

    admitted: frozenset[Process]
    refused: Mapping[Process, str]
    version: int


def admit(hellos: Mapping[Process, Hello]) -> Admission:
    """Return who gets in: larger views first, then lower node ids; a daemon that shares no version stays out.

    The version is the lowest of what the members speak at most, so that a rolling upgrade goes on speaking the old one
    until the last node has the new one.
    """
    lowest, highest = 0, 1 << 32
    taken: dict[int, Process] = {}
    refused: dict[Process, str] = {}
    for process, hello in sorted(hellos.items(), key=lambda item: (-item[1].view_members, item[0])):
        if process.node_id in taken:
            refused[process] = f"node {process.node_id} has a daemon in the group, pid {taken[process.node_id].pid}"
        elif hello.version_max < lowest or hello.version_min > highest:
            refused[process] = (
                f"node {process.node_id} speaks the protocol versions {hello.version_min} to {hello.version_max}, "
                f"the group {lowest} to {highest}: install the same standfast on it"
            )
        else:
            taken[process.node_id] = process
            lowest, highest = max(lowest, hello.version_min), min(highest, hello.version_max)
    return Admission(frozenset(taken.values()), refused, highest)
