"""VRRP on this machine: its interfaces, sockets, timers and the kernel's tables."""

from standfast.director.vrrp.live.ledger import Ledger
from standfast.director.vrrp.live.runner import Runner

__all__ = ["Ledger", "Runner"]
