"""What a seed decides: how many nodes, what is configured, how bad the world is."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from random import Random

from standfast import cib, messaging
from standfast.sim.power import AGENT
from standfast.sim.reality import Kind, Need, Role


@dataclass(frozen=True, slots=True)
class Plan:
    """One world to be."""

    names: tuple[str, ...]
    two_node: bool
    no_quorum_policy: str
    document: bytes
    kinds: dict[str, Kind]
    fault_gap_ms: int
    safety_ms: int
    agent_fails: float
    agent_hangs: float
    agent_lies: float
    agent_ms_max: int
    device_fails: float
    device_hangs: float
    faults: frozenset[str] = field(default_factory=frozenset)

    def electorate(self) -> messaging.Electorate:
        """Return who votes."""
        voters = tuple(messaging.Voter(i, name) for i, name in enumerate(self.names, 1))
        return messaging.Electorate(voters, two_node=self.two_node)

    def summary(self) -> str:
        """Return the plan in a line."""
        nodes = f"{len(self.names)} nodes{' (two_node)' if self.two_node else ''}"
        faults = f"a fault every {self.fault_gap_ms} ms: {', '.join(sorted(self.faults))}"
        return f"{nodes}, no-quorum-policy={self.no_quorum_policy}, {', '.join(self.kinds)}; {faults}"


FAULTS = ("power", "daemon", "pause", "cut", "slow", "sequencer", "resource", "disk", "blackout", "stop")


def draw(random: Random, safety_ms: int | None = None) -> Plan:
    """Return a plan by chance."""
    count = random.choice((2, 3, 3, 3, 3, 4, 5))
    names = tuple(f"n{i}" for i in range(1, count + 1))
    policy = random.choice(("stop", "stop", "stop", "stop", "freeze", "freeze", "demote", "suicide", "ignore"))
    two_node = count == 2 and random.random() < 0.8
    kinds, resources, constraints = _resources(random, names)
    often = random.choice((0.0, 0.01, 0.03, 0.1))
    return Plan(
        names=names,
        two_node=two_node,
        no_quorum_policy=policy,
        document=_document(random, names, policy, resources, constraints),
        kinds=kinds,
        fault_gap_ms=random.choice((500, 1000, 3000, 8000)),
        safety_ms=safety_ms or random.choice((40_000, 60_000, 120_000)),
        agent_fails=often,
        agent_hangs=often / 4,
        agent_lies=often / 4,
        agent_ms_max=random.choice((100, 100, 3000)),
        device_fails=random.choice((0.0, 0.1, 0.3)),
        device_hangs=random.choice((0.0, 0.05)),
        faults=frozenset(name for name in FAULTS if random.random() < 0.6) or frozenset(("power",)),
    )


_TASKS = ("start", "stop", "promote", "demote", "migrate_to", "migrate_from")
_ON_FAIL = ("restart",) * 8 + ("fence", "standby", "block", "stop")


def _primitive(random: Random, name: str, meta: str = "", operations: str = "") -> str:
    operations += "".join(f'<op id="{name}-{task}" name="{task}" interval="0" timeout="10s"/>' for task in _TASKS)
    on_fail = random.choice(_ON_FAIL)
    operations += f'<op id="{name}-monitor" name="monitor" interval="10s" timeout="10s" on-fail="{on_fail}"/>'
    return (
        f'<primitive id="{name}" class="ocf" provider="pacemaker" type="Dummy">'
        f"<operations>{operations}</operations>{meta}</primitive>"
    )


def _meta(owner: str, **values: object) -> str:
    pairs = "".join(
        f'<nvpair id="{owner}-{key}" name="{key.replace("_", "-")}" value="{value}"/>' for key, value in values.items()
    )
    return f'<meta_attributes id="{owner}-meta">{pairs}</meta_attributes>' if pairs else ""


def _resources(random: Random, names: tuple[str, ...]) -> tuple[dict[str, Kind], str, str]:
    """Return the kinds, the text of the resources, and that of the constraints."""
    kinds: dict[str, Kind] = {}
    text = ""
    for number in range(1, random.randint(2, 4)):
        kinds[f"p{number}"] = Kind()
        text += _primitive(random, f"p{number}")
    if random.random() < 0.6:
        members = [f"g{number}" for number in range(1, random.randint(3, 4))]
        kinds["g1"] = Kind()
        kinds.update((later, Kind(need=Need(member))) for member, later in itertools.pairwise(members))
        text += f'<group id="g">{"".join(_primitive(random, member) for member in members)}</group>'
    if random.random() < 0.3:
        kinds["v1"] = Kind()
        text += _primitive(random, "v1", _meta("v1", allow_migrate="true"))
    if random.random() < 0.4:
        kinds["c1"] = Kind(copies_max=len(names))
        text += f'<clone id="c">{_primitive(random, "c1")}</clone>'
    if random.random() < 0.4:
        kinds["m1"] = Kind(copies_max=len(names), promoted_max=1)
        watched = '<op id="m1-promoted" name="monitor" interval="9s" timeout="10s" role="Promoted"/>'
        one = _primitive(random, "m1", operations=watched if random.random() < 0.5 else "")
        text += f'<clone id="m">{_meta("m", promotable="true", promoted_max=1)}{one}</clone>'
        if random.random() < 0.5:
            kinds["f1"] = Kind(need=Need("m1", Role.PROMOTED))
            text += _primitive(random, "f1")
    return kinds, text, _constraints(random, names, kinds)


def _constraints(random: Random, names: tuple[str, ...], kinds: dict[str, Kind]) -> str:
    """Return the constraints' text; what they make a resource need is noted in `kinds`."""
    text = ""
    if random.random() < 0.5:
        node = random.choice(names)
        text += f'<rsc_location id="p1-likes" rsc="p1" node="{node}" score="{random.choice((50, 200))}"/>'
    if "g1" in kinds and random.random() < 0.5:
        kinds["g1"] = Kind(need=Need("p1"))
        text += '<rsc_colocation id="g-with-p1" rsc="g" with-rsc="p1" score="INFINITY"/>'
        text += '<rsc_order id="p1-then-g" first="p1" then="g"/>'
    elif "p2" in kinds and "c1" in kinds and random.random() < 0.5:
        kinds["p2"] = Kind(need=Need("c1"))
        text += '<rsc_colocation id="p2-with-c" rsc="p2" with-rsc="c" score="INFINITY"/>'
        text += '<rsc_order id="c-then-p2" first="c" then="p2"/>'
    elif "p2" in kinds and random.random() < 0.5:
        text += '<rsc_colocation id="p2-away" rsc="p2" with-rsc="p1" score="-INFINITY"/>'
    if "m1" in kinds:
        for number, name in enumerate(names):
            rule = f'<rule id="m-rule-{name}" role="Promoted" score="{100 - number}">'
            rule += f'<expression id="m-expr-{name}" attribute="#uname" operation="eq" value="{name}"/></rule>'
            text += f'<rsc_location id="m-{name}" rsc="m">{rule}</rsc_location>'
    if "v1" in kinds and "c1" in kinds and random.random() < 0.5:
        kinds["v1"] = Kind(need=Need("c1"))
        text += '<rsc_colocation id="v-with-c" rsc="v1" with-rsc="c" score="INFINITY"/>'
        text += '<rsc_order id="c-then-v" first="c" then="v1"/>'
    if "f1" in kinds:
        text += '<rsc_colocation id="f-with-m" rsc="f1" with-rsc="m" with-rsc-role="Promoted" score="INFINITY"/>'
        text += '<rsc_order id="m-then-f" first="m" first-action="promote" then="f1" then-action="start"/>'
    return text


def _document(random: Random, names: tuple[str, ...], policy: str, resources: str, constraints: str) -> bytes:
    options = {
        "no-quorum-policy": policy,
        "stonith-enabled": "true",
        "stonith-timeout": "20s",
        "dc-deadtime": "20s",
        "stonith-action": random.choice(("reboot", "reboot", "off")),
        "start-failure-is-fatal": random.choice(("true", "false")),
        "cluster-recheck-interval": "60s",
    }
    properties = "".join(f'<nvpair id="opt-{k}" name="{k}" value="{v}"/>' for k, v in options.items())
    nodes = "".join(f'<node id="{i}" uname="{name}"/>' for i, name in enumerate(names, 1))
    devices = _device("fencing", names)
    topology = ""
    if random.random() < 0.3:
        devices += _device("fencing-2", names)
        levels = "".join(
            f'<fencing-level id="level-{name}-{i}" target="{name}" index="{i}" devices="{device}"/>'
            for name in names
            for i, device in enumerate(("fencing", "fencing-2"), 1)
        )
        topology = f"<fencing-topology>{levels}</fencing-topology>"
    defaults = {"resource-stickiness": random.choice(("0", "100"))}
    if random.random() < 0.3:
        defaults |= {"failure-timeout": "15s", "migration-threshold": random.choice(("1", "3"))}
    chosen = "".join(f'<nvpair id="defaults-{k}" name="{k}" value="{v}"/>' for k, v in defaults.items())
    return (
        f'<cib admin_epoch="0" epoch="1" num_updates="0" validate-with="{cib.SCHEMA}" '
        f'crm_feature_set="{cib.FEATURE_SET}"><configuration>'
        f'<crm_config><cluster_property_set id="{cib.BOOTSTRAP_OPTIONS}">{properties}</cluster_property_set>'
        f"</crm_config>"
        f"<nodes>{nodes}</nodes><resources>{devices}{resources}</resources><constraints>{constraints}</constraints>"
        f'<rsc_defaults><meta_attributes id="defaults">{chosen}</meta_attributes></rsc_defaults>'
        f"{topology}</configuration><status/></cib>"
    ).encode()


def _device(name: str, names: tuple[str, ...]) -> str:
    hosts = " ".join(names)
    return (
        f'<primitive id="{name}" class="stonith" type="{AGENT}"><instance_attributes id="{name}-params">'
        f'<nvpair id="{name}-hosts" name="pcmk_host_list" value="{hosts}"/></instance_attributes>'
        f'<operations><op id="{name}-monitor" name="monitor" interval="60s" timeout="20s"/></operations></primitive>'
    )
