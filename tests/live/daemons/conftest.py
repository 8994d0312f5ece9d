"""The bench's cluster of real daemons on the embedded engine, with agents that leave a trace."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rig import cluster as rig

from standfast.web import schema

AGENTS = Path(__file__).parent / "agents"

SETUP = """
<configuration>
 <crm_config><cluster_property_set id="cib-bootstrap-options">
  <nvpair id="o1" name="stonith-enabled" value="true"/>
  <nvpair id="o2" name="daemon-return-timeout" value="{patience}s"/>
 </cluster_property_set></crm_config>
 <resources>
  <primitive id="fence" class="stonith" type="fence_rig"><instance_attributes id="fence-p">
   <nvpair id="f1" name="folder" value="{folder}"/><nvpair id="f2" name="pcmk_host_list" value="n1 n2 n3"/>
   <nvpair id="f3" name="pcmk_host_check" value="static-list"/>
  </instance_attributes></primitive>
  {primitives}
 </resources>
 <rsc_defaults><meta_attributes id="rd"><nvpair id="rd1" name="resource-stickiness" value="100"/></meta_attributes>
 </rsc_defaults>
</configuration>
"""
PRIMITIVE = """<primitive id="{id}" class="ocf" provider="test" type="traced">
 <instance_attributes id="{id}-p"><nvpair id="{id}-p1" name="folder" value="{folder}"/></instance_attributes>
 <operations><op id="{id}-m" name="monitor" interval="1s" timeout="20s"/></operations></primitive>"""


class Cluster(rig.Cluster):
    """Three nodes. `trace` says what agents did; `violations` must stay empty."""

    def __init__(self, folder: Path) -> None:
        memory = folder / "memory"
        memory.mkdir()
        super().__init__(folder, memory, ocf=AGENTS, options=("--log-level", "debug"))

    def trace(self) -> list[tuple[str, str, str]]:
        """Return what agents did: (action, resource, node)."""
        file = self.services / "trace"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(a, r, n) for a, r, n in (line.split() for line in lines)]

    def violations(self) -> str:
        """Return what must not have happened."""
        file = self.services / "violations"
        return file.read_text() if file.exists() else ""

    def configure(self, resources: str = "a b c", patience: float = 60) -> None:
        """Load the traced resources."""
        primitives = "".join(PRIMITIVE.format(id=r, folder=self.services) for r in resources.split())
        text = SETUP.format(folder=self.services, primitives=primitives, patience=patience)
        self.change(schema.Edit("replace", text, "configuration"))

    def all_online(self) -> bool:
        """Return whether every living daemon sees every living daemon online."""
        seen = [self.status(name) for name in self.daemons]
        return all(s is not None and {n.name for n in s.nodes if n.online} >= set(self.daemons) for s in seen)

    def runs(self, *resources: str) -> bool:
        """Return whether each runs on exactly one node."""
        return all(len(self.where(r)) == 1 for r in resources)

    def at_rest(self) -> bool:
        """Return whether the DC has nothing left to do."""
        status = self.status()
        return status is not None and status.transition == "idle"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Three booted nodes, all online, nothing configured."""
    made = Cluster(tmp_path)
    try:
        for name in rig.NAMES:
            made.boot(name)
        made.eventually("all online", made.all_online)
        yield made
    finally:
        made.end()


@pytest.fixture
def running(cluster: Cluster) -> Cluster:
    """Three nodes that run the resources a, b and c."""
    cluster.configure()
    cluster.eventually("all resources run", lambda: cluster.runs("a", "b", "c"))
    cluster.eventually("at rest", cluster.at_rest)
    return cluster
