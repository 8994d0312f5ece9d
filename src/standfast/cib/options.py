"""The options that a CIB may set: cluster properties, meta attributes of resources, attributes of operations.

Source: Pacemaker 3.0 Explained; the names of older versions stand beside the new ones.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

from standfast.cib import times, values


class Kind(enum.StrEnum):
    """What values an option takes."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    SCORE = "score"
    DURATION = "duration"
    SELECT = "select"
    PERCENTAGE = "percentage"
    STRING = "string"
    ROLE = "role"


EXPECTED = {
    Kind.BOOLEAN: "true or false",
    Kind.INTEGER: "an integer",
    Kind.SCORE: "an integer, INFINITY or -INFINITY",
    Kind.DURATION: "a duration (20s, 5min, PT1H)",
    Kind.PERCENTAGE: "a percentage",
    Kind.ROLE: "Stopped, Started, Unpromoted or Promoted",
}

ROLES: Mapping[str, str] = {
    "stopped": "Stopped", "started": "Started", "slave": "Unpromoted", "unpromoted": "Unpromoted",
    "master": "Promoted", "promoted": "Promoted",
}  # fmt: skip
"""Roles as Pacemaker 3 names them, by each name in lower case that is understood."""


class Option(msgspec.Struct, frozen=True):
    """One option: its default (empty: none), the names it had, what values it takes, and one sentence."""

    name: str
    kind: Kind
    default: str = ""
    old: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    text: str = ""

    @property
    def expected(self) -> str:
        """Return in words what values are valid."""
        return ", ".join(self.choices) if self.choices else EXPECTED.get(self.kind, "a text")

    def accepts(self, value: str) -> bool:
        """Return whether the value is valid; texts always are."""
        match self.kind:
            case Kind.BOOLEAN:
                return values.boolean(value) is not None
            case Kind.INTEGER:
                return values.integer(value) is not None
            case Kind.SCORE:
                return values.parse_score(value) is not None
            case Kind.DURATION:
                return times.parse_interval_ms(value) is not None or values.integer(value) == -1
            case Kind.PERCENTAGE:
                return value.rstrip("%").strip().isdecimal()
            case Kind.SELECT:
                return value.lower() in self.choices
            case Kind.ROLE:
                return value.lower() in ROLES
        return True


def _table(*options: Option) -> Mapping[str, Option]:
    return {o.name: o for o in options}


_B, _I, _S, _D, _E = Kind.BOOLEAN, Kind.INTEGER, Kind.SCORE, Kind.DURATION, Kind.SELECT

PROPERTIES: Mapping[str, Option] = _table(
    Option("dc-version", Kind.STRING, text="Version of the software on the DC; set by the cluster."),
    Option("cluster-infrastructure", Kind.STRING, text="What carries the membership; set by the cluster."),
    Option("cluster-name", Kind.STRING, text="The cluster's name, for rules and for people."),
    Option("dc-deadtime", _D, "20s", text="How long configured nodes are waited for at a cold start."),
    Option("cluster-recheck-interval", _D, "15min", text="How often time-based rules are looked at again."),
    Option("election-timeout", _D, "2min", text="Kept for compatibility: the DC is derived, not elected."),
    Option("shutdown-escalation", _D, "20min", text="How long a clean stop may take."),
    Option("join-integration-timeout", _D, "3min", text="How long a node may take to join."),
    Option("join-finalization-timeout", _D, "30min", text="How long the end of a join may take."),
    Option("transition-delay", _D, "0s", text="How long to wait for more changes before scheduling."),
    Option("daemon-return-timeout", _D, "5s", text="How long a node's daemon may be away before the node is fenced."),
    Option("no-quorum-policy", _E, "stop", choices=("stop", "freeze", "ignore", "demote", "fence", "suicide"),
           text="What nodes without quorum do."),
    Option("shutdown-lock", _B, "false", text="Whether resources stay bound to a cleanly stopped node."),
    Option("shutdown-lock-limit", _D, "0", text="How long such a binding lasts; 0 is without end."),
    Option("enable-acl", _B, "false", text="Whether access control lists are obeyed."),
    Option("symmetric-cluster", _B, "true", text="Whether resources may run on any node by default."),
    Option("maintenance-mode", _B, "false", text="Whether the cluster leaves all resources alone."),
    Option("start-failure-is-fatal", _B, "true", text="Whether one failed start bans a resource from a node."),
    Option("enable-startup-probes", _B, "true", text="Whether resources are probed when a node joins."),
    Option("fence-remote-without-quorum", _B, "false", text="Whether remote nodes are fenced without quorum."),
    Option("fencing-enabled", _B, "true", ("stonith-enabled",), text="Whether nodes are fenced."),
    Option("fencing-action", _E, "reboot", ("stonith-action",), ("reboot", "off", "poweroff"),
           "What is done to a node that is fenced."),
    Option("fencing-reaction", _E, "stop", ("fence-reaction",), ("stop", "panic"),
           "What a node does that hears that it was fenced."),
    Option("fencing-timeout", _D, "60s", ("stonith-timeout",), text="How long fencing may take."),
    Option("fencing-watchdog-timeout", _D, "0", ("stonith-watchdog-timeout",),
           text="How long until a lost node's watchdog has certainly reset it; 0: not relied on."),
    Option("fencing-max-attempts", _S, "10", ("stonith-max-attempts",), text="How often fencing is tried."),
    Option("have-watchdog", _B, "false", text="Whether watchdogs are in use; set by the cluster."),
    Option("concurrent-fencing", _B, "true", text="Whether several nodes are fenced at once."),
    Option("startup-fencing", _B, "true", text="Whether nodes that were never seen are fenced at a start."),
    Option("priority-fencing-delay", _D, "0", text="Delay of fencing the node with the higher sum of priorities."),
    Option("node-pending-timeout", _D, "0", text="How long a joining node may hang before it is fenced."),
    Option("cluster-delay", _D, "60s", text="Time for a round trip, added to operations' time-outs."),
    Option("load-threshold", Kind.PERCENTAGE, "80%", text="Load above which a node gets fewer operations."),
    Option("node-action-limit", _I, "0", text="Operations that a node runs at once; 0: twice its CPUs, 8 at least."),
    Option("batch-limit", _I, "0", text="How many operations the cluster runs at once; 0: by load."),
    Option("migration-limit", _I, "-1", text="How many migrations a node takes at once; -1: any."),
    Option("cluster-ipc-limit", _I, "500", text="How many messages may wait for a slow client."),
    Option("stop-all-resources", _B, "false", text="Whether everything is stopped."),
    Option("stop-removed-resources", _B, "true", ("stop-orphan-resources",),
           text="Whether what was removed from the configuration is stopped."),
    Option("cancel-removed-actions", _B, "true", ("stop-orphan-actions",),
           text="Whether recurring operations that were removed are cancelled."),
    Option("pe-error-series-max", _I, "-1", text="How many inputs with errors are kept; -1: all."),
    Option("pe-warn-series-max", _I, "5000", text="How many inputs with warnings are kept."),
    Option("pe-input-series-max", _I, "4000", text="How many other inputs are kept."),
    Option("node-health-strategy", _E, "none",
           choices=("none", "migrate-on-red", "only-green", "progressive", "custom"), text="How node health counts."),
    Option("node-health-base", _S, "0", text="Score that progressive health begins with."),
    Option("node-health-green", _S, "0", text="Score of green."),
    Option("node-health-yellow", _S, "0", text="Score of yellow."),
    Option("node-health-red", _S, "-INFINITY", text="Score of red."),
    Option("placement-strategy", _E, "default", choices=("default", "utilization", "minimal", "balanced"),
           text="Whether capacity counts in placement."),
)  # fmt: skip

META: Mapping[str, Option] = _table(
    Option("priority", _S, "0"),
    Option("critical", _B, "true"),
    Option("target-role", Kind.ROLE, "Started"),
    Option("is-managed", _B, "true"),
    Option("maintenance", _B, "false"),
    Option("resource-stickiness", _S, "0"),
    Option("requires", _E, choices=("nothing", "quorum", "fencing", "unfencing")),
    Option("migration-threshold", _S, "INFINITY"),
    Option("failure-timeout", _D, "0"),
    Option("multiple-active", _E, "stop_start", choices=("block", "stop_only", "stop_start", "stop_unexpected")),
    Option("allow-migrate", _B),
    Option("allow-unhealthy-nodes", _B, "false"),
    Option("container-attribute-target", Kind.STRING),
    Option("resource-discovery-enabled", _B, "true"),
    Option("clone-max", _I),
    Option("clone-node-max", _I, "1"),
    Option("clone-min", _I, "0"),
    Option("globally-unique", _B),
    Option("interleave", _B, "false"),
    Option("ordered", _B, "false"),
    Option("notify", _B, "false"),
    Option("promotable", _B, "false"),
    Option("promoted-max", _I, "1", ("master-max",)),
    Option("promoted-node-max", _I, "1", ("master-node-max",)),
    Option("remote-node", Kind.STRING),
    Option("remote-addr", Kind.STRING),
    Option("remote-port", _I, "3121"),
    Option("remote-connect-timeout", _D, "60s"),
    Option("remote-allow-migrate", _B, "true"),
    Option("provides", Kind.STRING),
)
"""Meta attributes of resources; others are kept and passed to agents."""

OPERATION: Mapping[str, Option] = _table(
    Option("name", Kind.STRING),
    Option("interval", _D, "0"),
    Option("timeout", _D, "20s"),
    Option("start-delay", _D, "0"),
    Option("interval-origin", Kind.STRING),
    Option("on-fail", _E, choices=("ignore", "block", "stop", "restart", "standby", "fence", "demote",
                                   "restart-container", "ban", "migrate")),
    Option("enabled", _B, "true"),
    Option("record-pending", _B, "true"),
    Option("role", Kind.ROLE),
)  # fmt: skip
"""Attributes of `op`, which may stand in its sets and in op_defaults too."""


def current_names(table: Mapping[str, Option]) -> Mapping[str, str]:
    """Return the present name of each old one."""
    return {old: option.name for option in table.values() for old in option.old}
