"""Setting up directors and real servers: facts, wishes, plans, the ledger, and the doctor."""

from standfast.director.setup.director_doctor import DirectorRecord, WatchedPool, director_addresses, examine_director
from standfast.director.setup.facts import Facts, Held, Link, Route, conf, dotted, slashed
from standfast.director.setup.findings import Finding
from standfast.director.setup.ledger import Entry, Ledger, Undoing, entry, named_sysctls, opened, undo, undoing
from standfast.director.setup.plans import plan, required
from standfast.director.setup.real_server_doctor import RealServerRecord, examine_real_server
from standfast.director.setup.steps import (
    AddAddress,
    AddTunnel,
    LinkDown,
    LinkUp,
    LoadModule,
    RemoveAddress,
    RemoveTunnel,
    RestoreSysctl,
    SetSysctl,
    Step,
    UndoStep,
    UnloadModule,
    holds,
    missing,
)
from standfast.director.setup.wishes import DirectorWish, Method, RealServerWish, Wish, addresses, objections

__all__ = [
    "AddAddress",
    "AddTunnel",
    "DirectorRecord",
    "DirectorWish",
    "Entry",
    "Facts",
    "Finding",
    "Held",
    "Ledger",
    "Link",
    "LinkDown",
    "LinkUp",
    "LoadModule",
    "Method",
    "RealServerRecord",
    "RealServerWish",
    "RemoveAddress",
    "RemoveTunnel",
    "RestoreSysctl",
    "Route",
    "SetSysctl",
    "Step",
    "UndoStep",
    "Undoing",
    "UnloadModule",
    "WatchedPool",
    "Wish",
    "addresses",
    "conf",
    "director_addresses",
    "dotted",
    "entry",
    "examine_director",
    "examine_real_server",
    "holds",
    "missing",
    "named_sysctls",
    "objections",
    "opened",
    "plan",
    "required",
    "slashed",
    "undo",
    "undoing",
]
