"""The transition graph: data, what is ready now, and its forms as XML and dot."""

from standfast import compiled

compiled.install("scheduler")

from standfast.transition import diagram, xml
from standfast.transition.ancestry import ancestry, depths
from standfast.transition.diagram import Diagram, Edge, Vertex
from standfast.transition.graph import Action, Graph, Kind, ResourceRef, Synapse
from standfast.transition.possible import possible
from standfast.transition.walk import Room, Walk

__all__ = [
    "Action",
    "Diagram",
    "Edge",
    "Graph",
    "Kind",
    "ResourceRef",
    "Room",
    "Synapse",
    "Vertex",
    "Walk",
    "ancestry",
    "depths",
    "diagram",
    "possible",
    "xml",
]
