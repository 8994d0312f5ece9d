"""Cluster properties that the controller obeys."""

from __future__ import annotations

from standfast.controller import properties


def test_old_and_new_names_and_defaults(words: type) -> None:
    """A timeout that an operator set would not be obeyed."""
    assert properties.read(words.document()) == properties.DEFAULT
    found = properties.read(
        words.document(no_quorum_policy="freeze", dc_deadtime="1min", daemon_return_timeout="250ms",
                       stonith_enabled="off", fencing_timeout="2min", stonith_max_attempts="3", fence_reaction="panic")
    )  # fmt: skip
    assert (found.no_quorum_policy, found.dc_deadtime_ms, found.daemon_return_timeout_ms) == ("freeze", 60_000, 250)
    assert (found.fencing_enabled, found.fencing_timeout_ms, found.fencing_attempts_max) == (False, 120_000, 3)
    assert found.fencing_reaction == "panic"
    assert not found.may_fence_without_quorum


def test_nonsense_has_the_default(words: type) -> None:
    """A typing mistake in one property would stop the daemon of every node."""
    found = properties.read(words.document(dc_deadtime="soon", stonith_max_attempts="many"))
    assert found.dc_deadtime_ms == properties.DEFAULT.dc_deadtime_ms
    assert found.fencing_attempts_max == properties.DEFAULT.fencing_attempts_max
