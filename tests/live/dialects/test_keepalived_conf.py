"""keepalived.conf with faults put in, read by the real keepalived and by ours."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import keepalived_mutations
import pytest

SAMPLES = Path(__file__).parents[2] / "unit/dialects/keepalived/samples"
COUNT = 40
pytestmark = pytest.mark.live


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    if shutil.which("keepalived") is None:
        pytest.skip("keepalived is not installed: nothing to compare with")
    for part in SAMPLES.glob("*.inc"):
        shutil.copy(part, tmp_path)
    return tmp_path


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.glob("*.conf")))
def test_a_sample_ends_alike_and_the_same_lines_are_named(folder: Path, sample: str) -> None:
    """If this failed, a file full of what the language has would be judged otherwise than by keepalived."""
    path = folder / sample
    shutil.copy(SAMPLES / sample, path)
    assert keepalived_mutations.difference(path) == ""


@pytest.mark.slow
def test_files_with_faults_end_alike_and_the_same_lines_are_named(folder: Path) -> None:
    """If this failed, a deployment that asks `keepalived -t` would let other files pass with ours in its place."""
    rng = random.Random(7)
    texts = keepalived_mutations.mutations(SAMPLES, rng, COUNT)
    wrong = []
    for number, text in enumerate(texts):
        path = folder / f"m{number}.conf"
        path.write_text(text)
        wrong += [found] if (found := keepalived_mutations.difference(path)) else []
    assert len(wrong) <= COUNT // 20, wrong
