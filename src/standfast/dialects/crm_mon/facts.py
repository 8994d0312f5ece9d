"""What the renderers need beside the scheduler's state: the document's facts, the moment, fencing's history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from standfast import cib
from standfast.cib import nodes, properties, resources, times, values

FEATURE_SET_UNKNOWN = "<3.15.1"


@dataclass(frozen=True, slots=True)
class FenceEvent:
    """One fencing: its state (success, failed, pending) and who, what, when. `completed_s`: 0 while it is under way."""

    state: str
    action: str
    target: str
    client: str = ""
    origin: str = ""
    delegate: str = ""
    completed_s: int = 0
    exit_reason: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """The moment and the place of the look: what the document does not say.

    `offset_s` is the local zone's seconds east of UTC; `stack` the messaging engine's name as crm_mon has it.
    """

    now_s: int
    offset_s: int = 0
    request: str = "crm_mon -1 --output-as=xml"
    stack: str = "corosync"
    version: str = "standfast"
    fencing: tuple[FenceEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Container:
    """A configured group, clone or bundle."""

    id: str
    kind: str
    child: str = ""
    promotable: bool = False
    unique: bool = False
    managed: bool = True
    maintenance: bool = False
    target_role: str = ""
    image: str = ""
    technology: str = "docker"

    @property
    def disabled(self) -> bool:
        """Return whether it is ordered to be stopped."""
        return self.target_role.lower() == "stopped"


@dataclass(frozen=True, slots=True)
class Change:
    """The last change of the configuration."""

    time: str = ""
    user: str = ""
    client: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the document says."""

    containers: Mapping[str, Container]
    options: properties.Properties
    change: Change = field(default_factory=Change)
    expected_up: frozenset[str] = frozenset()
    feature_sets: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)  # primitive -> its own target-role


def read(document: cib.Document) -> Facts:
    """Return the facts of a document."""
    root = document.root
    tree = [r for top in resources.tree(document) for r in top.walk()]
    states = nodes.states(document)
    change = Change(*(root.get(k, "") for k in ("cib-last-written", "update-user", "update-client", "update-origin")))
    return Facts(
        containers={r.id: _container(r) for r in tree if r.kind != "primitive"},
        options=properties.read(document),
        change=change,
        expected_up=frozenset(s.uname for s in states if s.expected == "member"),
        feature_sets={s.uname: s.attributes.get("#feature-set", FEATURE_SET_UNKNOWN) for s in states},
        attributes={
            s.uname: {k: v for k, v in sorted(s.attributes.items()) if _is_shown(k)} for s in states if s.attributes
        },
        targets={r.id: r.meta().get("target-role", "") for r in tree if r.kind == "primitive"},
    )


def _is_shown(attribute: str) -> bool:
    """Return whether crm_mon shows an attribute: none of its own book-keeping."""
    hidden = ("fail-count-", "last-failure-", "#")
    return not attribute.startswith(hidden) and attribute not in ("shutdown", "terminate", "standby", "probe_complete")


def _container(resource: resources.Resource) -> Container:
    meta = resource.meta()
    image = next((c.get("image", "") for c in resource.element if c.get("image")), "")
    technology = next((str(c.tag) for c in resource.element if c.get("image")), "docker")
    return Container(
        id=resource.id,
        kind="clone" if resource.kind == "master" else resource.kind,
        child=resource.children[0].id if resource.children else "",
        promotable=resource.promotable(),
        unique=values.is_true(meta.get("globally-unique")),
        managed=meta.get("is-managed", "true").lower() not in ("false", "no", "off", "0", "n"),
        maintenance=values.is_true(meta.get("maintenance")),
        target_role=meta.get("target-role", ""),
        image=image,
        technology=technology,
    )


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
