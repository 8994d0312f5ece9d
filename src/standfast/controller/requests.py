"""What a client may ask of a node's controller: the bodies of `Request`.

Every one ends in exactly one `Reply`. Orders travel: it does not matter which node is asked.
"""

from __future__ import annotations

import enum

import msgspec

from standfast import cib
from standfast.cib.edits import Edit


class ChangeConfiguration(msgspec.Struct, frozen=True):
    """Change the configuration. The reply comes when a quorum of disks holds it; `result` is `{"version": "0.7.0"}`.

    `based_on`: refused (exit 110) if the document is not at this version any more
    (`num_updates` is not compared: status does not outdate a plan). `force`: also without quorum. `dry_run`: only
    say whether it would be accepted; `result` holds the new version.
    """

    edits: tuple[Edit, ...]
    force: bool = False
    dry_run: bool = False
    based_on: cib.Version | None = None


class Lifetime(enum.StrEnum):
    """How long a node attribute lives."""

    FOREVER = "forever"  # the configuration: <nodes>
    REBOOT = "reboot"  # the status section: until its node is fenced or leaves
    PRIVATE = "private"  # the members' memory only: not in the CIB, no scheduling


class UpdateAttribute(msgspec.Struct, frozen=True):
    """Set a node attribute; `value` None deletes it, `++`, `NAME++` and `+=N` (also negative) count.

    `dampening_ms`: None leaves the attribute's dampening as it is; with dampening, a change reaches the CIB only when
    no other one of this name came for so long.
    """

    node: str
    name: str
    value: str | None
    lifetime: Lifetime = Lifetime.REBOOT
    dampening_ms: int | None = None


class ResourceTask(enum.StrEnum):
    """What may be ordered of a resource. All but the last four are edits made by `cib.orders`."""

    START = "start"
    STOP = "stop"
    PROMOTE = "promote"
    DEMOTE = "demote"
    MANAGE = "manage"
    UNMANAGE = "unmanage"
    MAINTENANCE = "maintenance"
    MOVE = "move"
    BAN = "ban"
    CLEAR = "clear"
    RESTART = "restart"
    CLEANUP = "cleanup"  # forget failed operations, or all if `force`
    REFRESH = "refresh"  # forget all operations and probe again
    FAIL = "fail"  # pretend a failure


class ResourceOrder(msgspec.Struct, frozen=True):
    """Order something of a resource (by id; CLEANUP and REFRESH: "" is all). `node`: only there, or there to.

    RESTART is replied to when the resource was stopped and started again (or could not be), CLEANUP and REFRESH when
    the history is gone. MOVE and BAN without a node: away from where it is. `lifetime` is an ISO 8601 duration for
    them, `value` `promoted` if they mean the promoted role. `value` is `on` or `off` for MAINTENANCE. `force`: MOVE
    also bans where it is now, CLEANUP forgets what did not fail too.
    """

    resource: str
    task: ResourceTask
    node: str = ""
    lifetime: str = ""
    value: str = ""
    force: bool = False


class NodeTask(enum.StrEnum):
    """What may be ordered of a node. All but the last three are edits made by `cib.orders`."""

    STANDBY = "standby"
    ONLINE = "online"
    MAINTENANCE = "maintenance"
    READY = "ready"
    DELETE = "delete"  # forget a node that is not a member: configuration and status
    FENCE = "fence"  # replied to when a device confirmed it, or none could
    CONFIRM = "confirm"  # an operator's word that the node is off


class NodeOrder(msgspec.Struct, frozen=True):
    """Order something of a node. `value`: the fencing action for FENCE (default: `stonith-action`), the attribute's
    lifetime (`forever`, `reboot`) for STANDBY and ONLINE."""

    node: str
    task: NodeTask
    value: str = ""
    force: bool = False


class StopNode(msgspec.Struct, frozen=True):
    """Stop this cluster's work on a node: its resources move or stop, then its daemon leaves. Replied to at once when
    the order is in; `cancel` takes it back while it is not yet done."""

    node: str
    cancel: bool = False


class StartWithout(msgspec.Struct, frozen=True):
    """An operator's word at a cold start: these nodes (by name; none named: all that are missing) are off and hold
    no newer configuration; do not wait for them."""

    nodes: tuple[str, ...] = ()


class WaitForRest(msgspec.Struct, frozen=True):
    """Reply when the cluster is at rest: the DC has nothing left to do. Exit 124 after `timeout_ms` (0: never)."""

    timeout_ms: int = 0


class Recheck(msgspec.Struct, frozen=True):
    """Schedule again now."""


Body = (
    ChangeConfiguration | UpdateAttribute | ResourceOrder | NodeOrder | StopNode | StartWithout | WaitForRest | Recheck
)
