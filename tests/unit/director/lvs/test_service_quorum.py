"""Service quorum with hysteresis."""

from standfast.director import lvs


def turns(quorum: lvs.ServiceQuorum, *weights: int) -> list[str | None]:
    found = []
    for weight in weights:
        quorum, turn = quorum.judge(weight)
        found.append(turn)
    return found


def test_hysteresis_keeps_a_flapping_server_from_flapping_the_service() -> None:
    """If this failed, a service on the edge would call its notify scripts at every check."""
    quorum = lvs.ServiceQuorum.within(4, 1, [2, 2, 2])
    assert turns(quorum, 6, 4, 3, 2, 4, 5) == [None, None, None, "quorum_down", None, "quorum_up"]


def test_no_weight_at_all_is_no_quorum() -> None:
    """If this failed, a service without any real server would count as up."""
    assert turns(lvs.ServiceQuorum.within(1, 0, [1]), 0, 1) == ["quorum_down", "quorum_up"]


def test_a_quorum_that_cannot_be_reached_is_reduced() -> None:
    """If this failed, a service could never come up."""
    assert lvs.ServiceQuorum.within(9, 9, [1, 2]) == lvs.ServiceQuorum(3, 2)
