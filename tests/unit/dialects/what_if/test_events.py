"""Events in words."""

from __future__ import annotations

import pytest

from standfast.dialects import what_if
from standfast.errors import ConfigError, RequestError

NOW_S = 1_700_000_000


def test_words_become_events(document) -> None:
    """Another node would be lost than the one that was named."""
    events = what_if.parse(["lose n2", "move web n3", "patch n1 n2"], document, NOW_S)
    assert [str(e) for e in events] == ["lose n2", "move web n3", "standby n1", "online n1", "standby n2", "online n2"]


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("los n1", "what-if.verb", "lose?"),
        ("", "what-if.verb", "lose, leave"),
        ("lose n9", "what-if.node", "n1"),
        ("lose", "what-if.words", "lose NODE"),
        ("move web", "what-if.words", "move RESOURCE NODE"),
        ("stop wep", "what-if.resource", "web?"),
        ("quorum gone", "what-if.word", "lost, back"),
        ("patch", "what-if.words", "patch all"),
        ("grant", "what-if.words", "grant TICKET"),
        ("quorum", "what-if.words", "quorum lost|back"),
    ],
)
def test_mistakes_say_what_is_expected(document, text: str, code: str, expected: str) -> None:
    """A misspelt event would pass for one that does nothing."""
    with pytest.raises(ConfigError) as refused:
        what_if.parse([text, "lose n1"], document, NOW_S)
    (report,) = refused.value.reports
    assert report.code == code
    assert expected in report.expected


def test_what_does_not_run_cannot_fail(play) -> None:
    """A failure of nothing would be answered by a recovery."""
    with pytest.raises(RequestError, match="runs nowhere"):
        play("stop web", "fail web")
