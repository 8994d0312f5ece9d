"""What each kind of resource does in its own way, as one record of functions a kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from standfast.scheduler.actions import Action
    from standfast.scheduler.constraints import Colocation
    from standfast.scheduler.working import Node, Place, Resource


class Methods(msgspec.Struct, frozen=True):
    """The functions of one kind; `variants` binds them."""

    # (resource, preferred node, stop if it fails) -> where it was assigned
    assign: Callable[[Resource, Node | None, bool], Place | None]
    create_actions: Callable[[Resource], None]
    # (resource, node) -> whether a probe was made
    create_probe: Callable[[Resource, Node], bool]
    internal_constraints: Callable[[Resource], None]
    # (dependent, primary, colocation, as the dependent) -> change of the dependent's priority
    apply_colocation: Callable[[Resource, Resource, Colocation, bool], int]
    # (action, node) -> effective flags
    action_flags: Callable[[Action, Node | None], int]
    # (first, then, node, first's flags, filter, relation) -> which of the two changed
    update_ordered: Callable[[Action, Action, Node | None, int, int, int], int]
    # (resource, original resource, all resources, free capacity)
    add_utilization: Callable[[Resource, Resource, list[Resource], dict[str, int]], None]
    shutdown_lock: Callable[[Resource], None]
