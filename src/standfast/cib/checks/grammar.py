"""What elements a CIB may hold, which attributes they have, and of what kind these are: schemas 1.0 to 4.0 together.

Source: Pacemaker's RELAX NG schemas, as facts; what one of them allows is allowed.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping

import msgspec

from standfast.cib import options, times, values


class Kind(enum.StrEnum):
    """What an attribute holds."""

    TEXT = "text"
    ID = "id"
    ID_REF = "id-ref"  # names an element of the same tag
    RESOURCE = "resource"
    TEMPLATE = "template"
    ROLE_NAME = "acl-role"
    BOOLEAN = "boolean"
    SCORE = "score"
    INTEGER = "integer"
    COUNT = "count"
    INTERVAL = "interval"
    LIMIT = "limit"  # a duration, or the default where it is none
    FLAG = "flag"  # a boolean, or the default where it is none
    ROLE = "role"
    CHOICE = "choice"


_EXPECTED = {
    Kind.BOOLEAN: "true or false",
    Kind.SCORE: options.EXPECTED[options.Kind.SCORE],
    Kind.INTEGER: "an integer",
    Kind.COUNT: "an integer from 0",
    Kind.INTERVAL: options.EXPECTED[options.Kind.DURATION],
    Kind.LIMIT: options.EXPECTED[options.Kind.DURATION],
    Kind.FLAG: "true or false",
    Kind.ID: "an id: a letter or underscore, then letters, digits, dots, dashes, underscores",
    Kind.ROLE: options.EXPECTED[options.Kind.ROLE],
}


_NAME = re.compile(r"[^\W\d][\w.-]*")
_TESTS: Mapping[Kind, Callable[[str], bool]] = {
    Kind.ID: lambda value: _NAME.fullmatch(value) is not None,
    Kind.BOOLEAN: lambda value: values.boolean(value) is not None,
    Kind.FLAG: lambda value: values.boolean(value) is not None,
    Kind.SCORE: lambda value: values.parse_score(value) is not None,
    Kind.INTEGER: lambda value: values.integer(value) is not None,
    Kind.COUNT: str.isdecimal,
    Kind.INTERVAL: lambda value: times.parse_interval_ms(value) is not None,
    Kind.LIMIT: lambda value: times.parse_interval_ms(value) is not None,
    Kind.ROLE: lambda value: value.lower() in options.ROLES,
}


class Attribute(msgspec.Struct, frozen=True):
    """An attribute of an element."""

    name: str
    kind: Kind
    required: bool = False
    choices: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """Return in words what values are valid."""
        return " or ".join(self.choices) if self.choices else _EXPECTED.get(self.kind, "a text")

    def accepts(self, value: str) -> bool:
        """Return whether the value is of this kind; whether what it names exists is not asked here."""
        if self.kind is Kind.CHOICE:
            return value in self.choices
        test = _TESTS.get(self.kind)
        return test is None or test(value)


class Child(msgspec.Struct, frozen=True):
    """How often a child may stand: at least `least` times, and (if `single`) at most once."""

    least: int
    single: bool


class Element(msgspec.Struct, frozen=True):
    """An element: its attributes and children by name; which attributes must be there, which children are counted."""

    attributes: Mapping[str, Attribute]
    children: Mapping[str, Child]
    required: tuple[str, ...]
    counted: tuple[tuple[str, Child], ...]


_SET = "id:id id-ref:id-ref score:score"
_SETS = "meta_attributes* instance_attributes*"
_CLASSES = "ocf|lsb|systemd|service|stonith|heartbeat|upstart|nagios"
_AGENT = (f"id!:id class:{_CLASSES} provider type description:text", f"{_SETS} utilization* operations?")
_CONTAINER = (("image! replicas:integer replicas-per-host:integer masters:integer promoted-max:integer run-command "
              "network options"), "")  # fmt: skip
_ACTIONS = "start|promote|demote|stop"
_COUNTS = "years months weeks days hours minutes seconds monthdays weekdays yearsdays yeardays weekyears moon"

_TABLE: Mapping[str, tuple[str, str]] = {
    "cib": (("validate-with admin_epoch:count epoch:count num_updates:count crm_feature_set remote-tls-port:count "
            "remote-clear-port:count have-quorum:boolean dc-uuid cib-last-written no-quorum-panic:boolean "
            "update-origin update-client update-user execution-date"), "configuration! status?"),
    "configuration": ("", ("crm_config? rsc_defaults? op_defaults? nodes? resources? constraints? fencing-topology? "
                          "acls? tags? alerts?")),
    "crm_config": ("", "cluster_property_set*"),
    "rsc_defaults": ("", "meta_attributes*"),
    "op_defaults": ("", "meta_attributes*"),
    "cluster_property_set": (_SET, "rule? nvpair* attributes?"),
    "meta_attributes": (_SET, "rule? nvpair* attributes?"),
    "instance_attributes": (_SET, "rule? nvpair* attributes?"),
    "utilization": (_SET, "rule? nvpair* attributes?"),
    "attributes": ("", "nvpair*"),
    "nvpair": ("id:id id-ref:id-ref name value", ""),
    "rule": ("id:id id-ref:id-ref boolean-op:and|or role:role score:score score-attribute score-attribute-mangle",
             "expression* date_expression* rsc_expression* op_expression* rule*"),
    "expression": (("id!:id attribute! operation!:lt|gt|lte|gte|eq|ne|defined|not_defined value "
                   "type:string|integer|number|version value-source:literal|param|meta"), ""),
    "date_expression": ("id!:id operation:in_range|gt|lt|date_spec start end", "duration? date_spec?"),
    "duration": (f"id!:id {_COUNTS}", ""),
    "date_spec": (f"id!:id {_COUNTS}", ""),
    "rsc_expression": ("id!:id class provider type", ""),
    "op_expression": ("id!:id name! interval:interval", ""),
    "nodes": ("", "node*"),
    "node": ("id! uname! type:member|remote|ping|normal description score:score", "instance_attributes* utilization*"),
    "resources": ("", "primitive* template* group* clone* master* bundle*"),
    "primitive": (f"template:template {_AGENT[0]}", _AGENT[1]),
    "template": _AGENT,
    "operations": ("id:id id-ref:id-ref", "op*"),
    "op": (("id!:id name! interval!:interval description start-delay:limit interval-origin timeout:limit "
           "enabled:boolean record-pending:boolean role:role requires:nothing|quorum|fencing|unfencing "
           "on-fail:ignore|block|demote|stop|restart|standby|fence|restart-container|ban|migrate"), _SETS),
    "group": ("id!:id description", f"{_SETS} primitive+"),
    "clone": ("id!:id description", f"{_SETS} primitive? group?"),
    "master": ("id!:id description", f"{_SETS} primitive? group?"),
    "bundle": ("id!:id description", f"{_SETS} docker? podman? rkt? network? storage? primitive?"),
    "docker": _CONTAINER,
    "podman": _CONTAINER,
    "rkt": _CONTAINER,
    "network": ("id:id ip-range-start control-port:count host-interface host-netmask:count add-host:boolean",
                "port-mapping*"),
    "port-mapping": ("id!:id port:count internal-port:count range", ""),
    "storage": ("id:id", "storage-mapping*"),
    "storage-mapping": ("id!:id source-dir source-dir-root target-dir! options", ""),
    "constraints": ("", "rsc_location* rsc_colocation* rsc_order* rsc_ticket*"),
    "rsc_location": (("id!:id rsc:resource rsc-pattern role:role score:score node "
                     "resource-discovery:always|never|exclusive"), "resource_set* rule* lifetime?"),
    "rsc_colocation": (("id!:id score:score score-attribute score-attribute-mangle rsc:resource with-rsc:resource "
                       "node-attribute rsc-role:role with-rsc-role:role influence:flag"), "lifetime? resource_set*"),
    "rsc_order": (("id!:id symmetrical:boolean require-all:boolean score:score kind:Optional|Mandatory|Serialize "
                  f"first:resource then:resource first-action:{_ACTIONS} then-action:{_ACTIONS}"),
                  "lifetime? resource_set*"),
    "rsc_ticket": ("id!:id rsc:resource rsc-role:role ticket! loss-policy:stop|demote|fence|freeze", "resource_set*"),
    "resource_set": (("id:id id-ref:id-ref sequential:boolean require-all:boolean ordering:group|listed "
                     f"action:{_ACTIONS} role:role score:score kind:Optional|Mandatory|Serialize"), "resource_ref*"),
    "resource_ref": ("id!:resource", ""),
    "lifetime": ("", "rule+"),
    "fencing-topology": ("", "fencing-level*"),
    "fencing-level": ("id!:id target target-pattern target-attribute target-value index!:count devices!", ""),
    "acls": ("", "acl_target* acl_group* acl_role* acl_user*"),
    "acl_target": ("id! name", "role*"),
    "acl_group": ("id! name", "role*"),
    "acl_user": ("id!", "role_ref* read* write* deny*"),
    "acl_role": ("id!:id description", "acl_permission* read* write* deny*"),
    "acl_permission": ("id!:id kind!:read|write|deny xpath reference object-type attribute description", ""),
    **dict.fromkeys(("read", "write", "deny"), ("id!:id ref tag xpath attribute", "")),
    "role": ("id!:acl-role", ""),
    "role_ref": ("id!:acl-role", ""),
    "tags": ("", "tag*"),
    "tag": ("id!:id", "obj_ref+"),
    "obj_ref": ("id!", ""),
    "alerts": ("", "alert*"),
    "alert": ("id!:id description path!", f"{_SETS} select? recipient*"),
    "select": ("", "select_attributes? select_fencing? select_nodes? select_resources?"),
    "select_attributes": ("", "attribute*"),
    "attribute": ("id!:id name!", ""),
    "select_fencing": ("", ""),
    "select_nodes": ("", ""),
    "select_resources": ("", ""),
    "recipient": ("id!:id description value!", _SETS),
}  # fmt: skip

_COUNTS_OF_CHILDREN = {"*": Child(0, False), "?": Child(0, True), "+": Child(1, False), "!": Child(1, True)}


def _attribute(text: str) -> Attribute:
    head, _, kind = text.partition(":")
    name = head.removesuffix("!")
    if "|" in kind:
        return Attribute(name, Kind.CHOICE, head.endswith("!"), tuple(kind.split("|")))
    return Attribute(name, Kind(kind or "text"), head.endswith("!"))


def _element(attributes: str, children: str) -> Element:
    listed = tuple(map(_attribute, attributes.split()))
    inner = {c[:-1]: _COUNTS_OF_CHILDREN[c[-1]] for c in children.split()}
    return Element(
        attributes={a.name: a for a in listed},
        children=inner,
        required=tuple(a.name for a in listed if a.required),
        counted=tuple((tag, child) for tag, child in inner.items() if child.single or child.least),
    )


ELEMENTS: Mapping[str, Element] = {tag: _element(*words) for tag, words in _TABLE.items()}
"""The elements by tag. The status section is not among them: the cluster writes it."""
