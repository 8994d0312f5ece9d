"""Agents for tests: small scripts in a folder of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from standfast.agents import Site

MakeAgent = Callable[..., None]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return a site whose agents all lie in the test's folder; OCF agents of the provider `ours`."""
    return Site(
        ocf_directories=(str(tmp_path / "ocf"), "/usr/lib/ocf/resource.d"),
        init_directory=str(tmp_path / "init.d"),
        heartbeat_directory=str(tmp_path / "ha.d"),
        fence_directories=(str(tmp_path / "fence"), "/usr/sbin"),
    )


@pytest.fixture
def make_agent(tmp_path: Path) -> MakeAgent:
    """Return what writes an agent: `make_agent("ocf/ours/x", "exit 0")`; `mode` is its permissions."""

    def make(path: str, script: str, *, shell: str = "#!/bin/sh\n", mode: int = 0o755) -> None:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(shell + script)
        file.chmod(mode)

    return make
