"""Blocks whose tables are imported when a file has one."""

from __future__ import annotations

import pytest

from standfast.dialects.keepalived import Process, Verdict, top_level_words
from standfast.dialects.keepalived.bfd_table import bfd_table
from standfast.dialects.keepalived.track_table import FILE_TABLE
from standfast.dialects.keepalived.vrrp_table import VRRP_TABLE


def test_the_words_are_those_of_the_tables() -> None:
    """A block would be told to be no keyword, or stop the reading."""
    assert sorted(top_level_words.OF_VRRP) == sorted(VRRP_TABLE)
    assert sorted(top_level_words.OF_FILES) == sorted(FILE_TABLE)
    for process in Process:
        assert sorted(top_level_words.OF_BFD) == sorted(bfd_table(process))


def test_a_word_that_is_nearly_one_is_known(read) -> None:
    """An operator would look for the mistake by hand."""
    messages = {finding.message for finding in read("vrrp_instanc A {\n}\nbfd_instanc B {\n}\n").findings}
    assert {
        "vrrp_instanc is no keyword here: did you mean vrrp_instance?",
        "bfd_instanc is no keyword here: did you mean bfd_instance?",
    } <= messages


@pytest.mark.parametrize(
    ("text", "vrrp", "bfd"),
    [
        ("virtual_server 192.0.2.1 80 {\n}\ntrack_file A {\n file /a\n}\n", False, False),
        ("vrrp_script A {\n}\n", True, False),
        ("bfd_instance A {\n}\n", False, True),
    ],
)
def test_which_halves_there_are(read, text: str, vrrp: bool, bfd: bool) -> None:
    """Routers or sessions would be left out; or every start would wait for what makes them."""
    source = read(text)
    assert (source.has_vrrp, source.has_bfd) == (vrrp, bfd)


def test_what_leaves_nothing_behind_counts_too(read) -> None:
    """VRRP would start where keepalived's does not."""
    source = read("static_routes {\n 192.0.2.0/24 via 198.51.100.1 dev nosuch0\n}\n", interfaces=())
    assert source.verdict is Verdict.STOPS
    assert source.stopped == {Process.VRRP}
