"""Queues of notify scripts."""

from standfast.director import checks
from standfast.director.events import Log, RunScript
from standfast.director.script_queues import ScriptQueues

DOWN, UP = checks.Script(("down",)), checks.Script(("up",), timeout_ms=5)


def test_objects_do_not_wait_for_each_other() -> None:
    """If this failed, one hanging script would hold those of all other services."""
    queues = ScriptQueues()
    (first,), (second,) = list(queues.add("a", DOWN, 100)), list(queues.add("b", DOWN, 100))
    assert isinstance(first, RunScript)
    assert isinstance(second, RunScript)
    assert (first.object, first.timeout_ms, second.object) == ("a", 100, "b")
    assert list(queues.add("a", UP, 100)) == []
    (third,) = queues.ended(first.number, "")
    assert isinstance(third, RunScript)
    assert (third.script, third.timeout_ms) == (UP, 5)
    assert not queues.idle


def test_a_failed_script_is_told_of_and_the_next_runs() -> None:
    """If this failed, a script that fails once would silence its service for ever."""
    queues = ScriptQueues()
    (first,) = list(queues.add("a", DOWN, 100))
    assert isinstance(first, RunScript)
    list(queues.add("a", UP, 100))
    log, again = queues.ended(first.number, "status 3")
    assert isinstance(log, Log)
    assert "status 3" in log.text
    assert isinstance(again, RunScript)
    assert list(queues.ended(again.number, "")) == []
    assert queues.idle
    assert list(queues.ended(99, "")) == []
