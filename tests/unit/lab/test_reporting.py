"""The demonstration's plain voice."""

import io

from standfast.lab import reporting
from standfast.lab.story import Claim


def test_plain_text_has_no_escapes() -> None:
    """A log of the demonstration would be full of escape sequences."""
    out = io.StringIO()
    show = reporting.Plain(out)
    show.chapter("Start")
    show.say("one\ntwo")
    show.claim(Claim("it runs", True, 12.4))
    show.claim(Claim("it was fenced", False))
    with show.busy("wait"):
        pass
    show.table(("what", "ms"), [("death", "640")])
    text = out.getvalue()
    assert "\x1b" not in text
    assert "1. Start" in text
    assert "yes      12 ms  it runs" in text
    assert "NO" in text
    assert "death  640" in text
