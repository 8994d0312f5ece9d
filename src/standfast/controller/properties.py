"""The cluster properties that the controller itself obeys."""

from __future__ import annotations

from dataclasses import dataclass

from standfast import cib
from standfast.cib import nvpairs, times, values


@dataclass(frozen=True, slots=True)
class Properties:
    """`dc-deadtime`, `daemon-return-timeout`, … with their defaults."""

    no_quorum_policy: str = "stop"
    dc_deadtime_ms: int = 20_000
    daemon_return_timeout_ms: int = 5_000
    recheck_interval_ms: int = 15 * 60_000
    shutdown_escalation_ms: int = 20 * 60_000
    start_failure_is_fatal: bool = True
    fencing_enabled: bool = True
    fencing_action: str = "reboot"
    fencing_timeout_ms: int = 60_000
    fencing_attempts_max: int = 10
    fence_reaction: str = "stop"
    node_action_limit: int = 0

    @property
    def may_fence_without_quorum(self) -> bool:
        """Return whether a view without quorum may fence."""
        return self.no_quorum_policy == "ignore"


DEFAULT = Properties()


def read(document: cib.Document) -> Properties:
    """Return what the document says; absent and invalid ones have their defaults. Old names count too."""
    found = nvpairs.unpack(document.section("crm_config"), nvpairs.PROPERTIES, first=cib.BOOTSTRAP_OPTIONS)

    def text(*names: str, default: str) -> str:
        return next((found[name] for name in names if name in found), default)

    def milliseconds(*names: str, default: int) -> int:
        return times.interval_ms(text(*names, default=""), default)

    attempts = values.parse_score(text("fencing-max-attempts", "stonith-max-attempts", default="10"))
    enabled = text("fencing-enabled", "stonith-enabled", default="true")
    return Properties(
        no_quorum_policy=text("no-quorum-policy", default="stop"),
        dc_deadtime_ms=milliseconds("dc-deadtime", default=DEFAULT.dc_deadtime_ms),
        daemon_return_timeout_ms=milliseconds("daemon-return-timeout", default=DEFAULT.daemon_return_timeout_ms),
        recheck_interval_ms=milliseconds("cluster-recheck-interval", default=DEFAULT.recheck_interval_ms),
        shutdown_escalation_ms=milliseconds("shutdown-escalation", default=DEFAULT.shutdown_escalation_ms),
        start_failure_is_fatal=values.is_true(found.get("start-failure-is-fatal"), default=True),
        fencing_enabled=values.is_true(enabled, default=True),
        fencing_action=text("fencing-action", "stonith-action", default="reboot"),
        fencing_timeout_ms=milliseconds("fencing-timeout", "stonith-timeout", default=DEFAULT.fencing_timeout_ms),
        fencing_attempts_max=max(1, attempts) if attempts is not None else DEFAULT.fencing_attempts_max,
        fence_reaction=text("fence-reaction", default="stop"),
        node_action_limit=max(0, values.integer(text("node-action-limit", default="0")) or 0),
    )
