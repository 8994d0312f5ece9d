"""What if: events in words, rehearsed one after the other in a model of the cluster."""

from standfast.dialects.what_if.events import Event, parse, rolling
from standfast.dialects.what_if.floors import Floor, floors, implied
from standfast.dialects.what_if.rehearsal import Broken, Gap, Rehearsal, Stage, rehearse

__all__ = ["Broken", "Event", "Floor", "Gap", "Rehearsal", "Stage", "floors", "implied", "parse", "rehearse", "rolling"]
