"""corosync.conf: its text to nouns and back, everything that is wrong with it, and changes that keep its layout."""

from standfast.dialects.corosync.checks import check, demand, reports
from standfast.dialects.corosync.edits import (
    next_id,
    raised,
    render,
    two_nodes_or_more,
    with_node,
    with_value,
    without,
    without_node,
)
from standfast.dialects.corosync.nouns import Conf, NodeEntry, QuorumDevice, QuorumOptions, conf
from standfast.dialects.corosync.reader import read
from standfast.dialects.corosync.timeouts import Timeouts, effective
from standfast.dialects.corosync.tree import Fate, Finding, Tree
from standfast.dialects.corosync.upgrade import upgraded
from standfast.dialects.corosync.vocabulary import Key, key_of

__all__ = [
    "Conf", "Fate", "Finding", "Key", "NodeEntry", "QuorumDevice", "QuorumOptions", "Timeouts", "Tree", "check",
    "conf", "demand", "effective", "key_of", "next_id", "raised", "read", "render", "reports", "two_nodes_or_more",
    "upgraded", "with_node", "with_value", "without", "without_node",
]  # fmt: skip
