"""BFD on this machine: its sockets and timers."""

from standfast.director.bfd.live.followers import Follower
from standfast.director.bfd.live.runner import Runner

__all__ = ["Follower", "Runner"]
