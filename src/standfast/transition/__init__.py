"""The transition graph: data, what is ready now, and its forms as XML, dot and summary."""

from standfast.transition.graph import Action, Graph, Kind, ResourceRef, Synapse
from standfast.transition.walk import Walk

__all__ = ["Action", "Graph", "Kind", "ResourceRef", "Synapse", "Walk"]
