"""Set-ups on this machine, in this network namespace; apart from the data plane, since it needs pyroute2."""

from standfast.director.live.setup.arp import answering
from standfast.director.live.setup.executor import FOLDER, Executor, LedgerFile, Machine, World
from standfast.director.live.setup.facts import director_record, gather, host_name, others_answering
from standfast.director.live.setup.steps import perform

__all__ = [
    "FOLDER",
    "Executor",
    "LedgerFile",
    "Machine",
    "World",
    "answering",
    "director_record",
    "gather",
    "host_name",
    "others_answering",
    "perform",
]
