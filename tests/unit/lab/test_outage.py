"""How long a page was away."""

from standfast.lab import outage
from standfast.lab.outage import Answer

STEADY = [Answer(float(at), "n1") for at in range(0, 100, 10)]
BACK = [Answer(float(at), "n2") for at in range(500, 1500, 10)]


def test_the_longest_gap_after_the_event() -> None:
    """The table would show a hiccup instead of the outage."""
    gap = outage.longest(outage.gaps([*STEADY, *BACK], 95))
    assert gap == outage.Gap(90, 500, "n1", "n2")
    assert gap.length_ms == 410


def test_a_gap_before_the_event_does_not_count() -> None:
    """An earlier outage would be taken for this one."""
    assert outage.longest(outage.gaps([*STEADY, *BACK], 600)).length_ms == 10  # type: ignore[union-attr]


def test_it_is_back_only_when_steady() -> None:
    """One answer between two failures would end the measurement too early."""
    assert outage.back([*STEADY, *BACK[:10]], 95, 500) is None
    assert outage.back([*STEADY, *BACK], 95, 500) == outage.Gap(90, 500, "n1", "n2")


def test_it_is_not_back_while_the_old_node_serves() -> None:
    """A standby that has not begun yet would be measured as an outage of a few milliseconds."""
    still = [Answer(float(at), "n1") for at in range(0, 2000, 10)]
    assert outage.back(still, 95, 500, gone="n1") is None
    assert outage.back([*STEADY, *BACK], 95, 500, gone="n1") is not None


def test_nothing_came() -> None:
    """No answer at all would be an exception instead of a page that is away."""
    assert outage.longest(outage.gaps([], 0)) is None
    assert outage.back([], 0, 1) is None
