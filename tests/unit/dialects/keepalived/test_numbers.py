"""Numbers and times, good and bad."""

from __future__ import annotations

import pytest

from standfast.dialects.keepalived import Imagined, Process, numbers
from standfast.dialects.keepalived.engine import Session
from standfast.dialects.keepalived.lines import Reader


@pytest.fixture
def session() -> Session:
    around = Imagined({"main.conf": ""})
    return Session(Process.PARENT, Reader(around, "me").read("main.conf"), around, {})


@pytest.mark.parametrize(
    ("word", "value", "faults"),
    [
        ("5", 5, 0), ("0", None, 1), ("256", None, 1), ("+7", 7, 0), (" 7", 7, 0), ("-7", None, 1), ("5s", 5, 1),
        ("x", None, 1), ("1.5", 1, 1), ("4294967297", None, 1), ("٣", None, 1),
    ],
)  # fmt: skip
def test_a_whole_number(session: Session, word: str, value: int | None, faults: int) -> None:
    """keepalived says what is wrong and uses digits before other text; if ours did not, its table would differ."""
    assert numbers.unsigned(session, word, 1, 255, "n") == value
    assert len(session.findings) == faults


@pytest.mark.parametrize(
    ("word", "value", "faults"),
    [
        ("1", 1_000_000, 0), ("0.5", 500_000, 0), (".25", 250_000, 0), ("3.", 3_000_000, 0), ("0", None, 1),
        ("1.0000005", 1_000_001, 1), ("-1", None, 1), ("x", None, 1), ("10.000001", None, 1),
    ],
)  # fmt: skip
def test_a_time_in_seconds(session: Session, word: str, value: int | None, faults: int) -> None:
    """If this failed, a check each half second would come each second, or never."""
    assert numbers.decimal(session, word, 1, 10_000_000, "t") == value
    assert len(session.findings) == faults


@pytest.mark.parametrize(
    ("words", "value"),
    [(["k"], True), (["k", "on"], True), (["k", "no"], False), (["k", "false"], False), (["k", "maybe"], None)],
)
def test_a_switch(session: Session, words: list[str], value: bool | None) -> None:
    """If this failed, `alpha off` would put servers into an empty pool's place."""
    assert numbers.switch(session, words) is value
    assert bool(session.findings) == (value is None)
