"""Three real daemons on real Corosyncs: each kind of fault, under load."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chaos import faults, harness, trial

from standfast.errors import LiveError
from standfast.web import schema

pytestmark = [pytest.mark.live, pytest.mark.slow]

SEED = 5
CI_FAULTS = 10


def started(root: Path) -> harness.World:
    """Return three nodes at rest; skips what is not possible here."""
    if lacking := harness.missing():
        pytest.skip(lacking)
    try:
        world = harness.World(root)
    except LiveError as error:
        if "no namespaces" in str(error):
            pytest.skip(str(error))
        raise
    world.wait_for_rest()
    return world


class _Kept:
    """One cluster for all tests of this module, replaced after it did not come to rest."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._count = 0
        self.world: harness.World | None = None

    def at_rest(self) -> harness.World:
        if self.world is None:
            self._count += 1
            self.world = started(self._root / str(self._count))
        return self.world

    def drop(self) -> None:
        if self.world is not None:
            self.world.keep_logs(self._root / f"logs-{self._count}")
            self.world.end()
            self.world = None


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Kept]:
    root = tmp_path_factory.mktemp("corosync")
    kept = _Kept(root)
    yield kept
    kept.drop()


@pytest.fixture
def world(kept: _Kept) -> Iterator[harness.World]:
    """Three nodes on Corosync that run the services, at rest."""
    found = kept.at_rest()
    yield found
    if found.unrest() or found.violations() or found.faults_of_ours():
        kept.drop()


def hit(world: harness.World, name: str, node: str, hold_s: float) -> trial.Outcome:
    """Let a fault happen under load; return what came of it."""
    return trial.strike(world, faults.Strike(faults.NAMED[name], node, hold_s), random.Random(SEED))


def test_a_service_that_is_active_twice_is_seen(tmp_path: Path) -> None:
    """All that the other tests say of double activity would be worth nothing."""
    if lacking := harness.missing():
        pytest.skip(lacking)

    def agent(action: str, node: str) -> int:
        words = {"RESOURCE_INSTANCE": "a", "RESKEY_CRM_meta_on_node": node, "RESKEY_folder": str(tmp_path)}
        variables = {f"OCF_{name}": value for name, value in words.items()}
        variables |= {"OCF_RESKEY_world": tmp_path.name, "PATH": os.environ["PATH"]}
        return subprocess.run([harness.AGENTS / "locked", action], env=variables, check=False).returncode

    violations = tmp_path / "violations"
    try:
        assert [agent("start", "n1"), agent("monitor", "n1"), agent("monitor", "n2")] == [0, 0, 7]
        assert [agent("stop", "n1"), agent("start", "n2"), violations.exists()] == [0, 0, False]
        assert agent("start", "n1") == 0
        harness.until("it is noticed", lambda: violations.exists() and "a on n1 while n2" in violations.read_text())
    finally:
        subprocess.run(["pkill", "-KILL", "-f", f"service={tmp_path.name}:a@"], check=False)


LOST = ("node-death", "cut", "corosync-stopped", "both-stopped", "corosync-killed", "both-killed", "daemon-away")
HOLD_S = {
    "node-death": 0.0,
    "daemon-away": harness.RETURN_S + 1,
    "flap": 0.0,
    "churn": 0.0,
    "daemon-killed": 0.2,
    "rolling-restart": 0.0,
}


@pytest.mark.parametrize("name", LOST)
def test_a_node_that_is_lost_is_fenced(world: harness.World, name: str) -> None:
    """Services would be lost with their node, run twice, or an acknowledged change would be forgotten."""
    (node,) = world.where("a")
    outcome = hit(world, name, node, HOLD_S.get(name, 3.0))
    assert outcome.wrong == []
    assert node in outcome.fenced


@pytest.mark.parametrize(
    "name", ["flap", "churn", "daemon-stopped", "daemon-killed", "power-cut", "cut-all", "rolling-restart"]
)
def test_a_fault_that_passes_is_survived(world: harness.World, name: str) -> None:
    """A short trouble would leave nodes that disagree, services that do not run, or lose what was acknowledged."""
    outcome = hit(world, name, world.dc(), HOLD_S.get(name, 3.0))
    assert outcome.wrong == []


def set_policy(world: harness.World, value: str) -> None:
    """Set no-quorum-policy."""
    edit = schema.Edit("modify", f'<nvpair id="o2" name="no-quorum-policy" value="{value}"/>', "crm_config")
    world.api(world.names[0], 30).change(edit)
    harness.until("at rest", lambda: not world.unrest())


def asked_for(world: harness.World, node: str) -> bool:
    """Return whether the others want a node fenced."""
    other = next(name for name in world.names if name != node)
    history = world.api(other).get("/v1/fencing", schema.FencingStatus).history
    return any(record.target == node and record.state == "pending" for record in history)


@pytest.mark.parametrize("policy", ["stop", "freeze"])
def test_a_node_that_is_cut_off(world: harness.World, policy: str) -> None:
    """Both sides of a cut would run the service: the one that lost quorum goes on while the other one begins."""
    set_policy(world, policy)
    begun_ms = time.monotonic() * 1000
    (node,) = world.where("a")
    lost = [r for r in harness.RESOURCES if world.where(r) == [node]]
    with world.fencing_held():
        world.lab.cut(node)
        harness.until("its fencing is asked for", lambda: asked_for(world, node))
        harness.until("it knows", lambda: not world.api(node).status().quorum.quorate)
        if policy == "stop":
            harness.until("it stops what it ran", lambda: not any(world.where(r) for r in lost))
        assert world.fenced(begun_ms) == []
        assert all(world.where(r) == ([] if policy == "stop" else [node]) for r in lost)
    harness.until("all run elsewhere", lambda: all(world.where(r) not in ([], [node]) for r in lost))
    world.lab.heal()
    world.wait_for_rest()
    assert world.violations() == ""


def test_ten_random_faults(world: harness.World) -> None:
    """What one fault leaves behind would make the next one fatal."""
    chance = random.Random(SEED)
    outcomes = [trial.strike(world, faults.draw(chance, world.names), chance) for _ in range(CI_FAULTS)]
    assert [str(outcome) for outcome in outcomes if outcome.wrong] == []
