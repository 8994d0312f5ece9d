"""The kernel's data plane."""

from standfast.director.live.ipvs import IpvsDataplane, open_ipvs

__all__ = ["IpvsDataplane", "open_ipvs"]
