"""What crm_mon shows beside the document: the moment and place of the look, fencing's history."""

from __future__ import annotations

import msgspec


class FenceEvent(msgspec.Struct, frozen=True):
    """One fencing: its state (success, failed, pending) and who, what, when. `completed_s`: 0 while it is under way."""

    state: str
    action: str
    target: str
    client: str = ""
    origin: str = ""
    delegate: str = ""
    completed_s: int = 0
    exit_reason: str = ""


class View(msgspec.Struct, frozen=True):
    """The moment and the place of the look: what the document does not say.

    `offset_s` is the local zone's seconds east of UTC; `stack` the messaging engine's name as crm_mon has it.
    """

    now_s: int
    offset_s: int = 0
    request: str = "crm_mon -1 --output-as=xml"
    stack: str = "corosync"
    version: str = "standfast"
    fencing: tuple[FenceEvent, ...] = ()
