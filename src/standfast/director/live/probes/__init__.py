"""Probes of real servers over the network, and by scripts and files."""

from standfast.director.live.probes.prober import Prober

__all__ = ["Prober"]
