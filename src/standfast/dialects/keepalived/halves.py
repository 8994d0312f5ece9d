"""What VRRP's and BFD's processes are told, as values. What makes them is imported where there is something to make."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from standfast.director import bfd, vrrp
    from standfast.director.vrrp import orders


class VrrpHalf(msgspec.Struct, frozen=True):
    """All that VRRP is told; `running` is without its paths, which are the command line's."""

    configuration: vrrp.Configuration
    running: orders.Running


class BfdHalf(msgspec.Struct, frozen=True):
    """All that BFD is told; `running` is without its paths, which are the command line's."""

    configuration: bfd.Configuration
    running: bfd.orders.Running
