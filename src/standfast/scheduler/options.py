"""Cluster options: what `crm_config` says, with defaults. Source: Pacemaker Explained, "Cluster Options"."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from standfast import cib


class QuorumPolicy(enum.Enum):
    """What happens to resources in a part of the cluster without quorum."""

    FREEZE = "freeze"
    STOP = "stop"
    IGNORE = "ignore"
    FENCE = "fence"
    DEMOTE = "demote"


# Names of today, and under which name Pacemaker up to 3.0.1 knew them.
_OLD_NAMES = {
    "fencing-enabled": "stonith-enabled",
    "fencing-action": "stonith-action",
    "fencing-timeout": "stonith-timeout",
    "fencing-max-attempts": "stonith-max-attempts",
    "fencing-watchdog-timeout": "stonith-watchdog-timeout",
    "fencing-reaction": "fence-reaction",
    "stop-removed-resources": "stop-orphan-resources",
    "cancel-removed-actions": "stop-orphan-actions",
}
_POLICIES = {p.value: p for p in QuorumPolicy} | {"suicide": QuorumPolicy.FENCE}


class Options(msgspec.Struct, frozen=True):
    """The options that the scheduler knows. `raw` holds them all as they were written."""

    raw: Mapping[str, str]
    no_quorum_policy: QuorumPolicy = QuorumPolicy.STOP
    symmetric: bool = True
    stop_all: bool = False
    maintenance: bool = False
    start_failure_is_fatal: bool = True
    startup_fencing: bool = True
    fencing_enabled: bool = True
    fencing_action: str = "reboot"
    fencing_timeout: str = "60s"
    concurrent_fencing: bool = True
    priority_fencing_delay_ms: int = 0
    node_pending_timeout_ms: int = 0
    fence_remote_without_quorum: bool = False
    startup_probes: bool = True
    stop_removed_resources: bool = True
    cancel_removed_actions: bool = True
    shutdown_lock: bool = False
    shutdown_lock_limit_ms: int = 0
    placement_strategy: str = "default"
    have_watchdog: bool = False
    cluster_delay: str = "60s"
    batch_limit: str = "0"
    migration_limit: int = -1
    cluster_name: str | None = None

    def text(self, name: str) -> str | None:
        """Return an option as it was written, by its name of today."""
        value = self.raw.get(name)
        return self.raw.get(_OLD_NAMES[name]) if value is None and name in _OLD_NAMES else value

    def flag(self, name: str, default: bool) -> bool:
        """Return a boolean option; invalid ones count as unset."""
        return cib.values.is_true(self.text(name), default)


def read(raw: Mapping[str, str], *, quorate: bool, no_quorum_panic: bool) -> Options:
    """Return the options that these name-value pairs say."""
    o = Options(raw)
    fencing = o.flag("fencing-enabled", True)
    return Options(
        raw,
        no_quorum_policy=_policy(o.text("no-quorum-policy"), fencing, quorate or no_quorum_panic),
        symmetric=o.flag("symmetric-cluster", True),
        stop_all=o.flag("stop-all-resources", False),
        maintenance=o.flag("maintenance-mode", False),
        start_failure_is_fatal=o.flag("start-failure-is-fatal", True),
        startup_fencing=fencing and o.flag("startup-fencing", True),
        fencing_enabled=fencing,
        fencing_action=_choice(o.text("fencing-action"), ("reboot", "off", "poweroff"), "reboot"),
        fencing_timeout=_duration(o.text("fencing-timeout"), "60s"),
        concurrent_fencing=o.flag("concurrent-fencing", True),
        priority_fencing_delay_ms=_ms(o.text("priority-fencing-delay")),
        node_pending_timeout_ms=_ms(o.text("node-pending-timeout")),
        fence_remote_without_quorum=o.flag("fence-remote-without-quorum", False),
        startup_probes=o.flag("enable-startup-probes", True),
        stop_removed_resources=o.flag("stop-removed-resources", True),
        cancel_removed_actions=o.flag("cancel-removed-actions", True),
        shutdown_lock=o.flag("shutdown-lock", False),
        shutdown_lock_limit_ms=_ms(o.text("shutdown-lock-limit")),
        placement_strategy=_choice(o.text("placement-strategy"), _STRATEGIES, "default"),
        have_watchdog=o.flag("have-watchdog", False),
        cluster_delay=_duration(o.text("cluster-delay"), "60s"),
        batch_limit=_integer(o.text("batch-limit"), "0"),
        migration_limit=int(_integer(o.text("migration-limit"), "-1")),
        cluster_name=raw.get("cluster-name"),
    )


_STRATEGIES = ("default", "utilization", "minimal", "balanced")


def _policy(text: str | None, fencing: bool, may_fence: bool) -> QuorumPolicy:
    policy = _POLICIES.get((text or "stop").lower(), QuorumPolicy.STOP)
    if policy is QuorumPolicy.FENCE and not (fencing and may_fence):
        return QuorumPolicy.STOP
    return policy


def _choice(text: str | None, choices: tuple[str, ...], default: str) -> str:
    return text if text in choices else default


def _duration(text: str | None, default: str) -> str:
    return default if text is None or cib.times.parse_interval_ms(text) is None else text


def _ms(text: str | None) -> int:
    return cib.times.interval_ms(text)


def _integer(text: str | None, default: str) -> str:
    return default if text is None or cib.values.integer(text) is None else text
