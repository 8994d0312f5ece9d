"""Labs for tests: each in a folder of its own, ended whatever happens."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from standfast.errors import LiveError
from standfast.lab.live import control, launch, setup

Start = Callable[..., control.Lab]


@pytest.fixture
def lab_root(tmp_path: Path) -> Path:
    """Return the folder that holds the labs of this test."""
    if not shutil.which("ip"):
        pytest.skip("needs iproute2")
    return tmp_path / "labs"


@pytest.fixture
def start(lab_root: Path) -> Iterator[Start]:
    """Return what starts a lab: `start(nodes=3, name="t", daemon=[...])`; `with_daemon`: with the real one."""
    leases: list[launch.Lease] = []

    def start(
        nodes: int = 3,
        name: str = "t",
        daemon: list[str] | None = None,
        with_daemon: bool = False,
        engine: str = "local",
    ) -> control.Lab:
        settings = setup.settings(
            name, nodes, with_daemon=with_daemon, daemon=daemon, root=lab_root, engine=engine
        )  # fmt: skip
        try:
            leases.append(launch.up(settings))
        except LiveError as error:
            if "no namespaces" in str(error):
                pytest.skip(str(error))
            raise
        return control.Lab(Path(settings.folder))

    yield start
    for lease in leases:
        lease.close()
