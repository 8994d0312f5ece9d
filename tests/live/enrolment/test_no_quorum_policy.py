"""What a node without quorum does with what it runs, by no-quorum-policy, on a real Corosync."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from standfast.errors import LiveError
from standfast.lab.live import control, launch, setup

pytestmark = [pytest.mark.live, pytest.mark.slow]

LIMIT_S = 60.0
# `held` runs on n3, `other` on n1, `roles` is promoted on n3. Nobody can fence n3: what it does by itself is looked at.
CONFIGURATION = """
property stonith-enabled=false
primitive held ocf:pacemaker:Dummy op monitor interval=1s
primitive other ocf:pacemaker:Dummy op monitor interval=1s
primitive role ocf:pacemaker:Stateful op monitor interval=1s role=Promoted op monitor interval=2s role=Unpromoted
clone roles role meta promotable=true
location l1 held 1000: n3
location l2 other 1000: n1
location l3 roles role=Promoted 1000: n3
primitive fence stonith:fence_lab params pcmk_host_list="n1 n2" pcmk_host_check=static-list
"""


class Nodes:
    """Three nodes with Corosync and the daemon."""

    def __init__(self, lab: control.Lab) -> None:
        self.lab = lab

    def expect(self, what: str, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + LIMIT_S
        while not condition():
            assert time.monotonic() < end, f"not within {LIMIT_S:.0f} s: {what}: {self.runs('n3')}"
            time.sleep(0.2)

    def status(self, node: str) -> dict:
        code, text = self.lab.output(node, "standfast", "status", "--json")
        return json.loads(text) if code == 0 else {"nodes": [], "resources": [], "quorum": {"quorate": False}}

    def online(self, node: str) -> set[str]:
        return {n["name"] for n in self.status(node)["nodes"] if n.get("state") == "online"}

    def runs(self, node: str) -> dict[str, str]:
        """Return what truly runs on a node: the agents' own state files."""
        script = "cd /run/resource-agents /var/run 2>/dev/null; find /run -name '*.state' | while read f; do "
        script += 'echo "${f##*/} $(cat "$f")"; done'
        text = self.lab.output(node, "sh", "-c", script)[1]
        words = [line.split() for line in text.splitlines() if ".state" in line]
        return {w[0].removesuffix(".state").split("-")[-1]: (w[1] if len(w) > 1 else "started") for w in words}

    def kept(self, name: str) -> bool:
        return any(name in key for key in self.runs("n3"))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """Return the nodes, all online; one lab for all policies."""
    if not shutil.which("corosync") or not Path("/usr/lib/ocf/resource.d/pacemaker/Stateful").exists():
        pytest.skip("needs corosync and ocf:pacemaker:Stateful")
    settings = setup.settings("q", 3, root=tmp_path_factory.mktemp("labs"), engine="corosync")
    try:
        lease = launch.up(settings)
    except LiveError as error:
        if "no namespaces" in str(error):
            pytest.skip(str(error))
        raise
    nodes = Nodes(control.Lab(Path(settings.folder)))
    try:
        nodes.expect("all online", lambda: nodes.online("n1") == {"n1", "n2", "n3"})
        (nodes.lab.folder / "share" / "policy.crm").write_text(CONFIGURATION)
        code, said = nodes.lab.output("n1", "standfast", "crm", "configure", "load", "replace", "/run/lab/policy.crm")
        assert code == 0, said
        yield nodes
    finally:
        lease.end(Path(settings.folder))


def begin(nodes: Nodes, policy: str) -> None:
    """Set a policy, and wait until all is where it belongs."""
    end(nodes)
    fencing = "true" if policy == "suicide" else "false"
    values = (f"no-quorum-policy={policy}", f"stonith-enabled={fencing}")
    code, said = nodes.lab.output("n1", "standfast", "crm", "configure", "property", *values)
    assert code == 0, said
    nodes.expect("all runs", lambda: nodes.kept("held") and not nodes.kept("other"))
    nodes.expect("promoted", lambda: "Promoted" in roles(nodes) or "master" in roles(nodes))


def roles(nodes: Nodes) -> str:
    return next((value for key, value in nodes.runs("n3").items() if "role" in key), "")


def rests(status: dict) -> bool:
    """Return whether a node leads by itself and has nothing left to do; what is idle is not said."""
    return status.get("dc") == "n3" and status.get("transition", "idle") == "idle"


def lives(nodes: Nodes) -> int:
    """Return how often n3 was booted."""
    return next(node["lives"] for node in nodes.lab.status()["nodes"] if node["name"] == "n3")


def end(nodes: Nodes) -> None:
    nodes.lab.heal()
    nodes.expect("all again", lambda: all(nodes.online(n) == {"n1", "n2", "n3"} for n in ("n1", "n3")))


def cut(nodes: Nodes) -> None:
    nodes.lab.cut("n1 n2|n3")
    nodes.expect(
        "n3 has no quorum", lambda: nodes.online("n3") == {"n3"} and not nodes.status("n3")["quorum"]["quorate"]
    )


def test_stop(lab: Nodes) -> None:
    """What a node without quorum goes on to run would run twice."""
    begin(lab, "stop")
    cut(lab)
    lab.expect("all stopped", lambda: not lab.runs("n3"))
    end(lab)


def test_demote(lab: Nodes) -> None:
    """Two nodes would be promoted."""
    begin(lab, "demote")
    cut(lab)
    lab.expect("demoted", lambda: "Promoted" not in roles(lab) and "master" not in roles(lab))
    lab.expect("the rest stopped", lambda: not lab.kept("held"))
    end(lab)


def test_freeze(lab: Nodes) -> None:
    """A node would drop what its operator wants it to keep, or take more without quorum."""
    begin(lab, "freeze")
    cut(lab)
    lab.expect("n1 and n2 act", lambda: lab.online("n1") == {"n1", "n2"})
    lab.expect("at rest", lambda: rests(lab.status("n3")))
    assert lab.kept("held")
    assert not lab.kept("other")
    end(lab)


def test_ignore(lab: Nodes) -> None:
    """A node would stop although it was told to go on alone."""
    begin(lab, "ignore")
    cut(lab)
    lab.expect("it takes all", lambda: lab.kept("held") and lab.kept("other"))
    end(lab)


def test_suicide(lab: Nodes) -> None:
    """A node that must not go on would go on."""
    begin(lab, "suicide")
    before = lives(lab)
    lab.lab.cut("n1 n2|n3")
    lab.expect("n3 ended itself", lambda: lives(lab) > before)
    lab.expect("n1 runs it", lambda: lab.online("n1") >= {"n1", "n2"})
    end(lab)
