"""Our LVS schedulers beside recordings of a real kernel's."""

import json
from pathlib import Path
from typing import Any

import pytest

from standfast.director.lvs.replay import replay

SHARED = Path(__file__).resolve().parents[5] / "shared" / "ipvs"

RECORDING: dict[str, Any] = {
    "scenarios": {"small": {"weights": [1, 2], "steps": [["o", 0, 0], ["w", 1, 0], ["o", 1, 0], ["c", 0]]}},
    "sequences": {
        "rr": {
            "small": {
                "service": "-t 10.1.0.100:1000",
                "first_source_port": 10000,
                "chosen": [2, "w1=0", 2, "c"],
                "counts": [[[1, 0, 0], [2, 1, 0]]] * 2 + [[[1, 0, 0], [2, 2, 0]]] * 2,
            }
        }
    },
}


def test_a_recording_is_read() -> None:
    """If this failed, recordings made in the lab could not be compared."""
    assert [(c.recorded, c.ours, c.right) for c in replay(RECORDING)] == [(2, 2, True), (2, 2, True)]


@pytest.mark.slow
def test_every_recorded_choice_of_the_kernel_is_ours() -> None:
    """If this failed, the model and the data planes built on it would balance otherwise than Linux does."""
    if not SHARED.is_dir():
        pytest.skip("no recordings of a kernel's choices beside the sources")
    choices = list(replay(json.loads((SHARED / "oracle.json").read_text())))
    assert len(choices) == 2080
    assert [choice for choice in choices if not choice.right] == []
