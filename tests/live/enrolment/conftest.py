"""Machines without a cluster: nodes of a lab that run nothing yet; Corosync and our agent are started in them."""

import dataclasses
import functools
import json
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from standfast.errors import LiveError
from standfast.lab import topology
from standfast.lab.live import control, launch, setup

LIMIT_S = 60.0
# Real-time priority would starve the machine that is all of these nodes; its own timeouts are short, so that tests are.
SETTINGS = ("system.sched_rr=no", "system.priority=0", "totem.token=1000")


class Machines:
    """The nodes. `run` types a command on one."""

    def __init__(self, lab: control.Lab, count: int) -> None:
        self.lab = lab
        self.addresses = {m.name: m.address for m in topology.nodes(count)}

    def run(self, node: str, *words: str, status: int | None = 0) -> str:
        """Return what `standfast …` prints on a node; the status must be this one, None for any."""
        code, text = self.lab.output(node, "standfast", *words)
        assert status is None or code == status, (
            f"{node}: standfast {' '.join(words)}: {code} (expected {status})\n{text}"
        )
        return text

    def sh(self, node: str, script: str, status: int | None = 0) -> str:
        """Return what a script prints on a node."""
        code, text = self.lab.output(node, "sh", "-c", script)
        assert status is None or code == status, f"{node}: {script}: {code}\n{text}"
        return text

    def json(self, node: str, *words: str) -> Any:
        """Return a command's JSON, an empty object if it has none."""
        text = self.run(node, *words, "--json", status=None)
        start = min((i for i in (text.find("{"), text.find("[")) if i >= 0), default=-1)
        return json.loads(text[start:]) if start >= 0 else {}

    def init(self, node: str = "n1", *more: str) -> str:
        """Found a cluster on a node, and return its token."""
        words = [word for setting in SETTINGS for word in ("--set", setting)]
        said = self.run(node, "cluster", "init", "--name", "web", "--address", self.addresses[node], *words, *more)
        return self.token(said)

    @staticmethod
    def token(text: str) -> str:
        """Return the token in what init or invite printed."""
        found = re.search(r"sf1-[a-z2-7]+", text)
        assert found, text
        return found[0]

    def join(self, node: str, member: str = "n1", *more: str, token: str = "", status: int | None = 0) -> str:
        """Let a node join with a token, a new one if none is given."""
        token = token or self.token(self.run(member, "cluster", "invite"))
        return self.run(node, "cluster", "join", self.addresses[member], "--token", token, *more, status=status)

    def quorum(self, node: str) -> dict[str, Any]:
        """Return quorum as a node has it."""
        return self.json(node, "quorum", "status")

    def members(self, node: str) -> set[str]:
        """Return the nodes that a node's votequorum counts as members."""
        return {n["name"] for n in self.quorum(node).get("nodes", ()) if n["state"] == 1}

    def agents(self, node: str) -> set[str]:
        """Return the nodes whose agents a node's agent hears."""
        return set(self.json(node, "cluster", "status").get("agents") or ())

    def until(self, what: str, condition: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
        """Wait until it is so."""
        end = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < end, f"not within {limit_s:.0f} s: {what}\n{self.logs()}"
            time.sleep(0.1)

    def together(self, *nodes: str) -> None:
        """Wait until these nodes, and no others, are the cluster in each one's eyes."""
        for node in nodes:
            self.until(f"{node} sees {nodes}", functools.partial(self._sees, node, set(nodes)))

    def _sees(self, node: str, nodes: set[str]) -> bool:
        return self.members(node) == nodes == self.agents(node)

    def logs(self) -> str:
        """Return the ends of the agents' and Corosyncs' logs."""
        script = "hostname; tail -n 20 /var/log/standfast-cluster.log /var/log/corosync/corosync.log 2>&1"
        return "\n".join(self.lab.output(node, "sh", "-c", script)[1] for node in self.addresses)

    def files(self, node: str) -> str:
        """Return a digest of all that makes a machine a member."""
        return self.sh(
            node, "find /etc/corosync /var/lib/standfast/cluster -type f 2>/dev/null | sort | xargs sha256sum"
        )


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Callable[[int], Machines]]:
    """Return what makes so many machines."""
    lacking = [name for name in ("corosync", "ip") if not shutil.which(name)]
    if lacking:
        pytest.skip(f"needs {', '.join(lacking)}")
    leases: list[tuple[launch.Lease, Path]] = []

    def make(count: int) -> Machines:
        made = setup.settings("c", count, with_daemon=False, root=tmp_path / "labs", engine="corosync")
        made = dataclasses.replace(made, engine=())
        try:
            leases.append((launch.up(made), Path(made.folder)))
        except LiveError as error:
            if "no namespaces" in str(error):
                pytest.skip(str(error))
            raise
        lab = control.Lab(Path(made.folder))
        for member in topology.nodes(count):
            lab.output(member.name, "sh", "-c", "mkdir -p /var/log/corosync /var/lib/corosync; rm -rf /etc/corosync/*")
        return Machines(lab, count)

    yield make
    for lease, folder in leases:
        lease.end(folder)
