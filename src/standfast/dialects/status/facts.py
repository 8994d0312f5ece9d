"""What the renderers need beside the scheduler's state: the document's facts, and times as they write them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from standfast import cib
from standfast.cib import nodes, nvpairs, properties, resources, times
from standfast.scheduler import State

FEATURE_SET_UNKNOWN = "<3.15.1"


class Change(msgspec.Struct, frozen=True):
    """The last change of the configuration."""

    time: str = ""
    user: str = ""
    client: str = ""
    origin: str = ""


class Facts(msgspec.Struct, frozen=True):
    """What the document says."""

    options: properties.Properties
    change: Change = Change()
    expected_up: frozenset[str] = frozenset()
    feature_sets: Mapping[str, str] = msgspec.field(default_factory=dict)
    thresholds: Mapping[str, str] = msgspec.field(default_factory=dict)  # resource -> its migration-threshold
    transient: Mapping[str, Mapping[str, str]] = msgspec.field(default_factory=dict)  # node -> its transient attributes

    def last_failure_s(self, node: str, resource: str) -> int:
        """Return when the resource failed last on the node, in seconds since 1970; 0 if it did not."""
        found = self.transient.get(node, {}).items()
        times_s = [int(v) for k, v in found if k.startswith(f"last-failure-{resource}#") and v.isdigit()]
        return max(times_s, default=0)


def read(document: cib.Document) -> Facts:
    """Return the facts of a document."""
    root = document.root
    states = nodes.states(document)
    change = Change(*(root.get(k, "") for k in ("cib-last-written", "update-user", "update-client", "update-origin")))
    return Facts(
        options=properties.read(document),
        change=change,
        expected_up=frozenset(s.uname for s in states if s.expected == "member"),
        thresholds=_thresholds(document),
        transient={s.uname: s.attributes for s in states},
        feature_sets={s.uname: s.attributes.get("#feature-set", FEATURE_SET_UNKNOWN) for s in states},
    )


def _thresholds(document: cib.Document) -> dict[str, str]:
    """Return the migration-threshold of each resource: its own, its container's, or the default."""
    section = document.root.find("configuration/rsc_defaults")
    defaults = {} if section is None else nvpairs.unpack(section, nvpairs.META, cib.Context())
    found: dict[str, str] = {}

    def walk(resource: resources.Resource, inherited: str) -> None:
        found[resource.id] = resource.meta().get("migration-threshold", inherited)
        for child in resource.children:
            walk(child, found[resource.id])

    for top in resources.tree(document):
        walk(top, defaults.get("migration-threshold", ""))
    return {name: value for name, value in found.items() if value}


def counted(state: State) -> dict[str, dict[str, int]]:
    """Return fail counts: node -> resource -> count; instances that are alike count as one."""
    found: dict[str, dict[str, int]] = {}
    for instance in state.instances:
        for node, count in instance.fail_counts.items():
            if count:
                found.setdefault(node, {})[instance.id.partition(":")[0]] = count
    return {node.name: found[node.name] for node in state.nodes if node.name in found}


def long_time(at_s: int, offset_s: int) -> str:
    """Return a time as ctime(3) writes it: `Sun Nov 29 00:14:00 2026`."""
    at = times.moment(at_s + offset_s)
    days, months = "Mon Tue Wed Thu Fri Sat Sun", "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
    day, month = days.split()[at.weekday()], months.split()[at.month - 1]
    return f"{day} {month} {at.day:2} {at.hour:02}:{at.minute:02}:{at.second:02} {at.year}"


def short_time(at_s: int, offset_s: int) -> str:
    """Return a time as crm_mon's XML has it: `2015-08-12 02:53:39Z`, or with the zone's offset."""
    at = times.moment(at_s + offset_s)
    sign, minutes = ("-" if offset_s < 0 else "+"), abs(offset_s) // 60
    zone = f" {sign}{minutes // 60:02}:{minutes % 60:02}" if offset_s else "Z"
    return f"{at.year:04}-{at.month:02}-{at.day:02} {at.hour:02}:{at.minute:02}:{at.second:02}{zone}"
