"""The words of the language: keywords and closed lists. Facts: crmsh's manual, Pacemaker's schema."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

ATTRIBUTE_LISTS = {"params": "instance_attributes", "meta": "meta_attributes", "utilization": "utilization"}
NODE_LISTS = {"attributes": "instance_attributes", "utilization": "utilization"}
OPERATION_LISTS = {"op_params": "instance_attributes", "op_meta": "meta_attributes"}
ALERT_LISTS = {"attributes": "instance_attributes", "meta": "meta_attributes"}

OPERATION_ATTRIBUTES = frozenset(
    [
        "interval",
        "interval-origin",
        "timeout",
        "start-delay",
        "enabled",
        "record-pending",
        "role",
        "on-fail",
        "description",
    ]
)
OPERATION_NAMES = (
    "monitor",
    "start",
    "stop",
    "promote",
    "demote",
    "notify",
    "migrate_to",
    "migrate_from",
    "reload",
    "reload-agent",
    "validate-all",
    "status",
    "meta-data",
)
CLASSES = ("ocf", "lsb", "systemd", "service", "stonith", "upstart", "nagios", "heartbeat")
ROLES = ("Stopped", "Started", "Promoted", "Unpromoted", "Master", "Slave")
ACTIONS = ("start", "promote", "demote", "stop")
KINDS = ("Mandatory", "Optional", "Serialize")
LOSS_POLICIES = ("stop", "demote", "fence", "freeze")
DISCOVERIES = ("always", "never", "exclusive")
BOOLEAN_OPERATORS = ("and", "or")
UNARY_OPERATORS = ("defined", "not_defined")
BINARY_OPERATORS = ("lt", "gt", "lte", "gte", "eq", "ne")
VALUE_TYPES = ("string", "integer", "number", "version")
VALUE_SOURCES = ("literal", "param", "meta")
DATE_OPERATIONS = {"lt": "lt", "gt": "gt", "in": "in_range", "in_range": "in_range"} | dict.fromkeys(
    ("spec", "date_spec"), "date_spec"
)
DATE_FIELDS = (
    "seconds",
    "minutes",
    "hours",
    "monthdays",
    "weekdays",
    "yearsdays",
    "months",
    "weeks",
    "years",
    "weekyears",
    "moon",
)
TRUE_WORDS = frozenset(("true", "yes", "on", "1", "y"))
FALSE_WORDS = frozenset(("false", "no", "off", "0", "n"))
NODE_TYPES = ("normal", "member", "ping", "remote")
CONTAINERS = ("docker", "podman", "rkt")
BUNDLE_PARTS = (*CONTAINERS, "network", "storage", "meta", "primitive", "port-mapping")

# A role where an action belongs: what the writer meant.
ACTION_OF_ROLE = {"master": "promote", "promoted": "promote", "started": "start", "stopped": "stop"}

# Agents that only Pacemaker's own package has; every other short name is one of ocf:heartbeat's.
PACEMAKER_AGENTS = frozenset(
    [
        "attribute",
        "BMCWatchdog",
        "controld",
        "HealthCPU",
        "HealthIOWait",
        "HealthSMART",
        "ifspeed",
        "o2cb",
        "ping",
        "pingd",
        "remote",
        "SystemHealth",
        "NodeUtilization",
    ]
)

PERMISSION_WORDS = {
    "xpath": "xpath",
    "ref": "reference",
    "reference": "reference",
    "tag": "object-type",
    "type": "object-type",
    "attr": "attribute",
    "attribute": "attribute",
}

# Short forms of paths in access rules: each part is added while there are arguments for it ({} is one).
ACL_SHORTCUTS: dict[str, tuple[str, ...]] = {
    "meta": ("//primitive[@id='{}']/meta_attributes", "/nvpair[@name='{}']"),
    "params": ("//primitive[@id='{}']/instance_attributes", "/nvpair[@name='{}']"),
    "utilization": ("//primitive[@id='{}']/utilization",),
    "location": ("//rsc_location[@id='cli-prefer-{0}' and @rsc='{0}']",),
    "property": ("//crm_config/cluster_property_set", "/nvpair[@name='{}']"),
    "nodeattr": ("//nodes/node/instance_attributes", "/nvpair[@name='{}']"),
    "nodeutil": ("//nodes/node/utilization", "[@uname='{}']"),
    "node": ("//nodes/node", "[@uname='{}']"),
    "status": ("/cib/status",),
    "cib": ("/cib",),
}

_FEW = 8  # choices that are listed beside a near one

_PLACES = {
    "cluster_property_set": "crm_config",
    "node": "nodes",
    "primitive": "resources",
    "template": "resources",
    "group": "resources",
    "clone": "resources",
    "master": "resources",
    "bundle": "resources",
    "rsc_location": "constraints",
    "rsc_colocation": "constraints",
    "rsc_order": "constraints",
    "rsc_ticket": "constraints",
    "acl_role": "acls",
    "acl_target": "acls",
    "acl_group": "acls",
    "acl_user": "acls",
    "tag": "tags",
    "alert": "alerts",
}

KEYWORD_OF_TAG = {
    "cluster_property_set": "property",
    "template": "rsc_template",
    "master": "ms",
    "rsc_location": "location",
    "rsc_colocation": "colocation",
    "rsc_order": "order",
    "acl_role": "role",
    "acl_user": "user",
} | {
    tag: tag
    for tag in [
        "node",
        "primitive",
        "group",
        "clone",
        "bundle",
        "rsc_ticket",
        "acl_target",
        "acl_group",
        "tag",
        "alert",
    ]
}


def section_of(tag: str) -> str:
    """Return the section of the configuration that elements of this name stand in; empty if in none."""
    return _PLACES.get(tag, "")


def nearest(word: str, choices: Iterable[str], likeness: float = 0.6) -> str:
    """Return the choice that this word was probably meant to be; empty if none is near."""
    names = list(choices)
    folded = {c.lower(): c for c in reversed(names)}
    found = difflib.get_close_matches(word.lower(), list(folded), n=1, cutoff=likeness)
    return folded[found[0]] if found else ""


def one_of(choices: Iterable[str], word: str = "") -> str:
    """Return an expectation: the near choice first, then the others."""
    names = list(choices)
    near = nearest(word, names) if word else ""
    others = [name for name in names if name != near]
    if not near or not others:
        return near or ", ".join(names)
    return f"{near}, or one of: {', '.join(others)}" if len(others) <= _FEW else near
