"""No text ends the reader, and what is read can be changed."""

from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies as st

from standfast.dialects import corosync
from standfast.errors import ConfigError

LINES = [
    line for name in ("first", "second", "third", "ten-mistakes")
    for line in (Path(__file__).parent / "samples" / f"{name}.conf").read_text().splitlines()
]  # fmt: skip
WORDS = st.sampled_from(
    ["", "0", "-1", "9" * 50, "9" * 5000, "yes", "aes256", "10.0.0.1", "10.1", "::1", "a b", "٣", "}", "{"]
)
LINE = st.one_of(
    st.sampled_from(LINES),
    st.builds(lambda line, word: f"{line.partition(':')[0]}: {word}", st.sampled_from(LINES), WORDS),
    st.sampled_from(["}", "ring99999999999_addr: x", "ring7_addr: ::1", "\x00: \udcff"]),
    st.text(max_size=30),
)


@hypothesis.given(st.lists(LINE, max_size=40))
@hypothesis.settings(max_examples=150, deadline=None)
def test_no_text_ends_the_reader(lines: list[str]) -> None:
    """A broken file would end the command, or the member that is asked for it, with a trace."""
    tree = corosync.read("\n".join(lines))
    found = corosync.check(tree)
    assert all(f.report.expected and f.report.message for f in found)
    assert corosync.effective(tree).meanings()
    if tree.findings:
        with pytest.raises(ConfigError):
            corosync.with_value(tree, "totem.token", "1234")
        with pytest.raises(ConfigError):
            corosync.upgraded(tree)
        return
    corosync.upgraded(tree)
    changed = corosync.with_value(tree, "totem.token", "1234")
    assert changed.value("totem", "token") == "1234"
    assert corosync.with_value(changed, "totem.token", "1234").text == changed.text
