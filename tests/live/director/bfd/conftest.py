"""Two machines on a bridge; on each a BFD daemon of any kind."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from rig.bfd_pair import FRR, Pair


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Return a pair of machines; they are gone after the test."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("needs root and iproute2")
    with tempfile.TemporaryDirectory(prefix="sfb-") as folder:
        Path(folder).chmod(0o755)
        with Pair(Path(folder)) as made:
            yield made


@pytest.fixture
def peer(request: pytest.FixtureRequest) -> str:
    """Return the kind of daemon that is asked for; skip without it."""
    kind: str = request.param
    if kind == "keepalived" and not shutil.which("keepalived"):
        pytest.skip("needs keepalived")
    if kind == "frr" and not (FRR / "bfdd").exists():
        pytest.skip("needs FRR's bfdd")
    return kind
