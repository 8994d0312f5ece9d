"""What events would lead to, as text and JSON."""

from __future__ import annotations

import json

import pytest

from standfast.cli import render_rehearsal
from standfast.cli.style import PLAIN
from standfast.dialects import what_if
from standfast.scheduler import Change

STAGES = (
    what_if.Stage(
        "lose n1",
        (Change("web", "Move", "n1", "n2"),),
        (("n1", "it was lost"),),
        12_500,
        (what_if.Gap("web", "running", 0, 12_400), what_if.Gap("db", "promoted", 100)),
        (what_if.Broken("1 promoted data", 0, 0), what_if.Broken("3 web", 2, 1500)),
    ),
    what_if.Stage("stop x", settled=False),
)
TEXT = """\
lose n1: at rest after 12 s
  Fence n1, because it was lost
  Move web n1 -> n2
  no instance of web for 12 s
  no promoted instance of db any more from 100 ms on
  FEWER THAN 1 promoted data: none at once
  FEWER THAN 3 web: 2 after 1.5 s

stop x: does not come to rest
  nothing would be done

Times are those of the history, guessed where it has none (start); noticing a loss is not in them.
2 times there would be fewer than there must be."""


def test_each_event_is_told_with_what_is_missing() -> None:
    """An operator would not see that the service is gone for a while."""
    assert render_rehearsal.text(what_if.Rehearsal(STAGES, ("start",)), PLAIN) == TEXT


def test_the_same_for_programs() -> None:
    """A script could not decide whether to begin."""
    found = json.loads(render_rehearsal.json(what_if.Rehearsal(STAGES)))
    assert found["broken"] is True
    assert found["stages"][0]["gaps"][1] == {"resource": "db", "role": "promoted", "begin_ms": 100, "end_ms": None}


@pytest.mark.parametrize(
    ("ms", "expected"), [(24, "24 ms"), (1_500, "1.5 s"), (9_949, "9.9 s"), (12_400, "12 s"), (125_000, "2 min 5 s")]
)
def test_durations(ms: int, expected: str) -> None:
    """Twelve minutes would look like twelve seconds."""
    assert render_rehearsal.seconds(ms) == expected
