"""Who gets into a view."""

import itertools

from standfast.messaging.cpg_admission import admit
from standfast.messaging.cpg_events import Process
from standfast.messaging.cpg_frames import Hello


def hello(low: int, high: int, members: int = 1) -> Hello:
    return Hello(b"g", low, high, 0, members)


def test_the_version_is_the_highest_that_all_speak():
    """Broken, the last old node of a rolling upgrade would be spoken to in a language it has not."""
    found = admit({Process(1, 1): hello(1, 3), Process(2, 1): hello(1, 2), Process(3, 1): hello(2, 4)})
    assert found.version == 2
    assert found.refused == {}


def test_the_larger_view_stays():
    """Broken, one newcomer of another version would throw a running cluster out."""
    hellos = {Process(1, 1): hello(5, 6), Process(2, 1): hello(1, 2, 2), Process(3, 1): hello(1, 2, 2)}
    found = admit(hellos)
    assert found.admitted == {Process(2, 1), Process(3, 1)}
    assert list(found.refused) == [Process(1, 1)]
    assert "node 1" in found.refused[Process(1, 1)]


def test_everybody_decides_alike():
    """Broken, two members would install different views under one number."""
    hellos = [
        (Process(1, 1), hello(1, 2)),
        (Process(1, 9), hello(1, 2, 3)),
        (Process(2, 1), hello(3, 4)),
        (Process(3, 1), hello(2, 3)),
    ]
    found = {admit(dict(order)).admitted for order in itertools.permutations(hellos)}
    assert found == {frozenset({Process(1, 9), Process(3, 1)})}
