"""Virtual time."""

from standfast.sim.clock import Clock


def test_things_happen_in_the_order_of_time_and_of_asking():
    """Broken, one seed would have two stories."""
    clock, seen = Clock(), []
    clock.after(20, lambda: seen.append("c"))
    clock.after(10, lambda: seen.append("a"))
    clock.after(10, lambda: seen.append("b"))
    clock.after(5, lambda: seen.append("never")).cancel()
    while clock.step():
        pass
    assert seen == ["a", "b", "c"]
    assert (clock.now_ms, clock.next_ms()) == (20, None)
    assert clock.now().monotonic_ms == 20


def test_what_is_asked_for_meanwhile_has_its_place():
    """Broken, an answer could come before its question."""
    clock, seen = Clock(), []
    clock.after(1, lambda: clock.after(3, lambda: seen.append(clock.now_ms)))
    clock.after(2, lambda: seen.append(clock.now_ms))
    while clock.step():
        pass
    assert seen == [2, 4]
