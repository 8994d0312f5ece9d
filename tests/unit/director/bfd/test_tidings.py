"""What followers are told."""

from __future__ import annotations

from standfast.director.bfd import tidings


def test_round_trip() -> None:
    """A session's name would be another's."""
    states = [("A", True), ("with space", False), ("\udce4", True)]
    assert tidings.read(tidings.render(states)) == states


def test_nonsense_is_left_out() -> None:
    """A follower would act on what nobody said."""
    assert tidings.read(b"sideways A\nup\nup \n\ndown B\nup C") == [("B", False), ("C", True)]
