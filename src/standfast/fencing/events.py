"""What goes into and out of a node's fencing machine.

The DC's controller asks for a target to be fenced; every node's machine knows the devices (they are read from the
CIB) and which of them this node may use. The DC's machine chooses level, device and the node that calls it; the
chosen node's machine calls the agent. Requests and answers between nodes travel as ordered messages of the
controller (`Say`), so that every node has the same fencing history.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from standfast.agents import Invocation, Outcome
from standfast.runtime import CancelTimer, SetTimer, TimerFired


class Device(msgspec.Struct, frozen=True):
    """A fencing device as configured: a primitive of class stonith, its parameters evaluated.

    `agent` is the fence agent's name (`fence_lab`). The pcmk_* parameters stay in `parameters`. Where no topology
    applies, a device of higher `priority` is tried before the others.
    """

    id: str
    agent: str
    parameters: Mapping[str, str] = msgspec.field(default_factory=dict)
    priority: int = 0


class Level(msgspec.Struct, frozen=True):
    """A fencing-level of the topology: the target it is for (by name, pattern or attribute), its index, its devices."""

    index: int
    devices: tuple[str, ...]
    target: str = ""
    target_pattern: str = ""
    target_attribute: str = ""
    target_value: str = ""


class Configured(msgspec.Struct, frozen=True):
    """Event: devices, topology, and what the machine must know of the nodes changed.

    `usable` maps a device to the nodes it may be called from, best first (where the scheduler lets it run); one that
    is missing there may be called from every node. `timeout_ms` is `stonith-timeout`, `action` is `stonith-action`.
    """

    devices: tuple[Device, ...]
    levels: tuple[Level, ...]
    nodes: tuple[tuple[int, str], ...]
    node_attributes: Mapping[str, Mapping[str, str]] = msgspec.field(default_factory=dict)
    usable: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    timeout_ms: int = 60000
    action: str = "reboot"


class Membership(msgspec.Struct, frozen=True):
    """Event: the names of the members that a device can be called from now, and who of them coordinates (the DC).

    It comes at the same place in the agreed order on every member. `may_fence` is false in a view that fences nobody
    (without quorum): nothing is begun there, and what waits for its delay is dropped. `lives` are the members' lives:
    a request for an earlier one of them is not begun any more, since that one is over.
    """

    members: frozenset[str]
    coordinator: str
    may_fence: bool = True
    lives: Mapping[str, str] = msgspec.field(default_factory=dict)


class Fence(msgspec.Struct, frozen=True):
    """Event (on the coordinator): fence this node. `incarnation` names the life that is to be ended; a receipt counts
    for that life only; an empty one is a life that nobody knows. `request` comes back with the receipt.

    `delay_ms` comes before the first call (priority-fencing-delay); a negative one turns off the devices' own delays
    too. `draw` is a number drawn from 0 to 1: it chooses the delay between a device's pcmk_delay_base and _max.
    `timeout_ms` is the time for one call of an agent; 0 takes the configured one.
    """

    request: str
    target: str
    action: str
    incarnation: str
    delay_ms: int = 0
    timeout_ms: int = 0
    client: str = ""
    draw: float = 0.0


class Confirm(msgspec.Struct, frozen=True):
    """Event: an operator says that the target is off (manual confirmation).

    All that is pending for this life ends with a receipt that is ok; an empty incarnation is every life of the target.
    Where nothing is pending the receipt's `request` is empty.
    """

    target: str
    incarnation: str
    client: str


class Heard(msgspec.Struct, frozen=True):
    """Event: an ordered message of a fencing machine (what its `Say` sent) arrived, the sender's own too."""

    sender: str
    payload: Mapping[str, object]


class Exited(msgspec.Struct, frozen=True):
    """Event: a call of an agent that `RunAgent` started came to its end."""

    call: int
    outcome: Outcome


Event = Configured | Membership | Fence | Confirm | Heard | Exited | TimerFired


class Receipt(msgspec.Struct, frozen=True):
    """Effect, on every node, in the agreed order: fencing of a target ended; `ok` only if a device (or an operator)
    confirmed it. Becomes status and history."""

    request: str
    target: str
    incarnation: str
    action: str
    ok: bool
    device: str = ""
    executed_by: str = ""
    client: str = ""
    reason: str = ""
    wall_s: int = 0


class Say(msgspec.Struct, frozen=True):
    """Effect: multicast this to all fencing machines (plain JSON-able data)."""

    payload: Mapping[str, object]


class RunAgent(msgspec.Struct, frozen=True):
    """Effect: call a fence agent on this node. Its end comes back as `Exited(call, …)`."""

    call: int
    invocation: Invocation


Effect = Receipt | Say | RunAgent | SetTimer | CancelTimer
