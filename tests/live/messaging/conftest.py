"""The contract's lab of Corosyncs, for what only Corosync does."""

import importlib.util
import sys
from pathlib import Path

import pytest

from standfast.errors import LiveError
from standfast.messaging import quorum

CONTRACT = Path(__file__).parents[2] / "contract"


def _module(name: str):
    spec = importlib.util.spec_from_file_location(name, CONTRACT / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(name, module)
    spec.loader.exec_module(module)
    return module


corosyncs = _module("corosync_group")


class Cluster:
    """Three nodes with Corosync and an engine each; `events[n]` is what node n's engine delivered."""

    def __init__(self, root: Path) -> None:
        voters = tuple(quorum.Voter(i, f"n{i}") for i in (1, 2, 3))
        self.world = corosyncs.Corosyncs(quorum.Electorate(voters), root)
        self.lab = self.world.lab
        self.events: dict[int, list] = {}
        self.engines = {}
        for number in (1, 2, 3):
            self.world.power_on(number)
            self.start(number)

    def start(self, number: int) -> None:
        self.events[number] = []
        node = self.world.node(number)
        self.engines[number] = corosyncs.RemoteEngine(self.lab, node, self.events[number])
        self.engines[number].flush()

    def until(self, condition) -> None:
        corosyncs.until(condition)

    def signal(self, number: int, name: str) -> None:
        assert self.lab.output(f"n{number}", "pkill", f"-{name}", "-x", "corosync")[0] == 0

    def driver_log(self, number: int) -> str:
        return (self.lab.folder / f"driver-n{number}.log").read_text()

    def close(self) -> None:
        self.world.close()
        for engine in self.engines.values():
            engine.close()


@pytest.fixture
def cluster(tmp_path):
    """Return three nodes whose engines have the view of all."""
    if corosyncs.missing():
        pytest.skip(corosyncs.missing())
    try:
        made = Cluster(tmp_path)
    except LiveError as error:
        if "no namespaces" in str(error):
            pytest.skip(str(error))
        raise
    try:
        made.until(lambda: all(members(made.events[n]) == {1, 2, 3} for n in (1, 2, 3)))
        yield made
    finally:
        made.close()


def members(events: list) -> set[int]:
    """Return who is in the present view."""
    for event in reversed(events):
        if type(event).__name__ == "EngineLost":
            return set()
        if type(event).__name__ == "RegularView":
            return set(event.members)
    return set()
