"""keepalived's command line."""

from __future__ import annotations

import pytest

from standfast.dialects.keepalived.arguments import HELP, Request, parse


def test_options_are_read_as_getopt_reads_them() -> None:
    """If this failed, an init script's command line would be refused."""
    options = parse(["-lDn", "-f", "/x", "-p/run/a.pid", "--vrrp_pid=/b", "--config-id", "me", "-t"])
    assert options.file == "/x"
    assert (options.config_id, options.test, options.log) == ("me", True, "")
    assert options.set["pid"] == "/run/a.pid"
    assert not options.refused
    assert parse(["--config-test=/log"]).log == "/log"
    assert parse(["-t/log"]).log == "/log"


@pytest.mark.parametrize("argv", [["-Z"], ["--bogus"], ["-f"], ["--use-file="], ["--signum=NOSUCH"], ["--check=x"]])
def test_a_wrong_command_line_is_refused_with_its_reason(argv: list[str]) -> None:
    """If this failed, a mistyped option would start a daemon on the default file."""
    options = parse(argv)
    assert options.refused
    assert len(options.complaints) == 1


def test_help_version_and_signals_end_at_once() -> None:
    """If this failed, packaging scripts that ask for a signal's number would not get it."""
    assert parse(["-h", "-Z"]).request is Request.HELP
    assert parse(["--version"]).request is Request.VERSION
    assert (parse(["--signum=RELOAD"]).signal, parse(["--signum=JSON"]).signal) == (1, 36)
    assert HELP.startswith("Usage: keepalived [OPTION...]\n")


def test_words_that_are_no_options_are_kept_apart() -> None:
    """If this failed, `keepalived -t extra` would read `extra` as a file."""
    assert parse(["-t", "extra", "--", "-f"]).extra == ["extra", "-f"]
