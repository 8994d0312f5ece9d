"""A large configuration with its status: sixteen nodes, of which the first three are the cluster's own, and five
hundred resources, which the others already run as far as they prefer those."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from standfast.agents import digests

GROUP = 5
CLONES = 4
_KEY = "{call}:1:{rc}:00000000-0000-4000-8000-000000000000"


@dataclass(slots=True)
class Large:
    """The texts. `folder` is the agents' parameter; `live` nodes have daemons, and have no status here.

    Half of the resources are single, each with a preference, and of three in a row one is colocated with and ordered
    after the one before it; the other half are groups of five. A few interleaved clones run everywhere.
    """

    folder: str
    nodes: int = 16
    count: int = 500
    live: int = 3
    resources: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    homes: dict[str, int | None] = field(default_factory=dict)  # resource -> its node's number, None: all

    def __post_init__(self) -> None:
        clones = CLONES * self.nodes if self.count >= 2 * CLONES * self.nodes else 0
        singles = (self.count - clones) // 2
        for number in range(CLONES if clones else 0):
            self._clone(number)
        for number in range(singles):
            self._single(number)
        for number in range((self.count - clones - singles) // GROUP):
            self._group(number)

    @property
    def names(self) -> list[str]:
        """Return the nodes' names."""
        return [f"n{number}" for number in range(1, self.nodes + 1)]

    @property
    def node_elements(self) -> str:
        """Return the nodes as the configuration has them."""
        return "".join(f'<node id="{i}" uname="{n}"/>' for i, n in enumerate(self.names, 1))

    def node_states(self) -> list[str]:
        """Return the status of every node without a daemon: all is probed there, and runs where it prefers."""
        return [self._node_state(number) for number in range(self.live + 1, self.nodes + 1)]

    def _primitive(self, name: str, home: int | None) -> str:
        self.homes[name] = home
        return (
            f'<primitive id="{name}" class="ocf" provider="bench" type="file"><instance_attributes id="{name}-p">'
            f'<nvpair id="{name}-p1" name="folder" value={quoteattr(self.folder)}/></instance_attributes>'
            f'<operations><op id="{name}-m" name="monitor" interval="30s" timeout="20s"/></operations></primitive>'
        )

    def _prefer(self, name: str, home: int) -> None:
        self.constraints.append(f'<rsc_location id="{name}-l" rsc="{name}" node="n{home}" score="200"/>')

    def _single(self, number: int) -> None:
        name, home = f"s{number:04}", number // 3 % self.nodes + 1
        self.resources.append(self._primitive(name, home))
        self._prefer(name, home)
        if number % 3:
            before = f"s{number - 1:04}"
            score = "INFINITY" if number % 3 == 1 else "500"
            kind = "Mandatory" if number % 3 == 1 else "Optional"
            self.constraints.append(f'<rsc_colocation id="{name}-c" rsc="{name}" with-rsc="{before}" score="{score}"/>')
            self.constraints.append(f'<rsc_order id="{name}-o" first="{before}" then="{name}" kind="{kind}"/>')

    def _group(self, number: int) -> None:
        name, home = f"g{number:04}", number % self.nodes + 1
        members = "".join(self._primitive(f"{name}m{m}", home) for m in range(GROUP))
        self.resources.append(f'<group id="{name}">{members}</group>')
        self._prefer(name, home)

    def _clone(self, number: int) -> None:
        name = f"c{number}"
        meta = (
            f'<meta_attributes id="{name}-a"><nvpair id="{name}-a1" name="interleave" value="true"/></meta_attributes>'
        )
        self.resources.append(f'<clone id="{name}">{meta}{self._primitive(name + "r", None)}</clone>')
        if number:
            self.constraints.append(f'<rsc_order id="{name}-o" first="c{number - 1}" then="{name}" kind="Mandatory"/>')

    def _node_state(self, number: int) -> str:
        histories = "".join(
            self._history(number, call, name, home in (None, number))
            for call, (name, home) in enumerate(self.homes.items())
        )
        return (
            f'<node_state id="{number}" uname="n{number}" in_ccm="true" crmd="online" join="member" expected="member">'
            f'<lrm id="{number}"><lrm_resources>{histories}</lrm_resources></lrm></node_state>'
        )

    def _history(self, number: int, call: int, name: str, runs: bool) -> str:
        operations = [("start", 0, 0), ("monitor", 30_000, 0)] if runs else [("monitor", 0, 7)]
        entries = "".join(
            self._operation(number, 2 * call + order, name, *operation) for order, operation in enumerate(operations, 1)
        )
        return f'<lrm_resource id="{name}" class="ocf" provider="bench" type="file">{entries}</lrm_resource>'

    def _operation(self, number: int, call: int, name: str, task: str, interval_ms: int, rc: int) -> str:
        key = _KEY.format(call=call, rc=rc)
        digest = digests.operation_digest({"folder": self.folder}, interval_ms, 20_000)
        entry = f"{name}_{task}_{interval_ms}" if interval_ms else f"{name}_last_0"
        return (
            f'<lrm_rsc_op id="{entry}" operation_key="{name}_{task}_{interval_ms}" operation="{task}"'
            f' crm_feature_set="3.16.1" transition-key="{key}" transition-magic="0:{rc};{key}" exit-reason=""'
            f' on_node="n{number}" call-id="{call}" rc-code="{rc}" op-status="0" interval="{interval_ms}"'
            f' last-rc-change="1700000000" exec-time="5" queue-time="0" op-digest="{digest}"/>'
        )
