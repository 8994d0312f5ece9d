"""The cluster properties that the controller itself obeys."""

from __future__ import annotations

import msgspec

from standfast import cib
from standfast.cib import properties


class Properties(msgspec.Struct, frozen=True):
    """`dc-deadtime`, `daemon-return-timeout`, … as they count. A limit of 0 is none."""

    no_quorum_policy: str
    dc_deadtime_ms: int
    daemon_return_timeout_ms: int
    recheck_interval_ms: int
    shutdown_escalation_ms: int
    transition_delay_ms: int
    node_action_limit: int
    start_failure_is_fatal: bool
    fencing_enabled: bool
    fencing_action: str
    fencing_timeout_ms: int
    fencing_attempts_max: int
    fencing_reaction: str

    @property
    def may_fence_without_quorum(self) -> bool:
        """Return whether a view without quorum may fence."""
        return self.no_quorum_policy == "ignore"


def read(document: cib.Document) -> Properties:
    """Return what the document says; absent and invalid ones have their defaults."""
    found = properties.read(document)
    return Properties(
        no_quorum_policy=found.text("no-quorum-policy").lower(),
        dc_deadtime_ms=found.duration_ms("dc-deadtime"),
        daemon_return_timeout_ms=found.duration_ms("daemon-return-timeout"),
        recheck_interval_ms=found.duration_ms("cluster-recheck-interval"),
        shutdown_escalation_ms=found.duration_ms("shutdown-escalation"),
        transition_delay_ms=found.duration_ms("transition-delay"),
        node_action_limit=max(0, found.integer("node-action-limit")),
        start_failure_is_fatal=found.is_true("start-failure-is-fatal"),
        fencing_enabled=found.is_true("fencing-enabled"),
        fencing_action=found.text("fencing-action"),
        fencing_timeout_ms=found.duration_ms("fencing-timeout"),
        fencing_attempts_max=max(1, found.score("fencing-max-attempts")),
        fencing_reaction=found.text("fencing-reaction"),
    )


DEFAULT = read(cib.Document.empty())
