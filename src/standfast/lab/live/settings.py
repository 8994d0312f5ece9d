"""What a lab's supervisor is told at its start."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one lab; plain JSON-able values.

    `daemon`: what each node's init starts, with `{node}` and `{id}` replaced, nothing if empty; `sequencer`: the
    command that listens at the shared folder's `sequencer`, none if empty; `anchored`: nodes hold an anchor to it;
    `tools`: the command that installs what agents call into the folder that is its last argument, none if empty;
    `visible`: paths of programs that private folders must not hide; `overlay`: what nodes write to /etc and /var stays
    in them, where the kernel allows it; `rootful`: no user namespace is made; `engine`: what each node's init starts
    before the daemon, nothing if empty; `shared_files`: texts by their names in the shared folder.
    """

    name: str
    folder: str
    nodes: int
    rootful: bool
    environment: Mapping[str, str]
    daemon: Sequence[str] = ()
    sequencer: Sequence[str] = ()
    anchored: bool = False
    tools: Sequence[str] = ()
    visible: Sequence[str] = field(default_factory=list)
    overlay: bool = True
    engine: Sequence[str] = ()
    shared_files: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return them as one JSON text."""
        return json.dumps(dataclasses.asdict(self))
