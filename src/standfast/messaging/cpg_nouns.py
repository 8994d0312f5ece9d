"""What daemons send one another through a process group, as values: `cpg_frames` makes bytes of them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Hello(msgspec.Struct, array_like=True, frozen=True, tag="hello"):
    """A daemon answers a gathering: which versions it speaks, the sequence of its last view, and whose view it has."""

    gathering: bytes
    version_min: int
    version_max: int
    sequence: int
    view_members: int


class Close(msgspec.Struct, array_like=True, frozen=True, tag="close"):
    """A gathering has waited long enough: those who have not answered are not in the view."""

    gathering: bytes


class Whole(msgspec.Struct, frozen=True):
    """Messages in one frame, in order: at least one."""

    payloads: Sequence[bytes]


class Fragment(msgspec.Struct, frozen=True):
    """A part of a message: `index` from 0; `total` is the message's length in bytes."""

    index: int
    total: int
    payload: bytes


Frame = Hello | Close | Whole | Fragment
Parts = tuple[bytes, ...]
"""A frame that is to be sent, in pieces that follow each other: `FRAGMENT_BYTES / APART_BYTES` and one at most."""
