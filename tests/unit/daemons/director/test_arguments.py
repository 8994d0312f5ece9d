"""The command line of standfast-director."""

from __future__ import annotations

from standfast.daemons.director.arguments import own_parser, own_settings
from standfast.daemons.director.settings import Settings


def test_without_words_it_is_in_the_foreground_and_talks() -> None:
    """A director started by hand would vanish, or say nothing."""
    settings = own_settings(own_parser().parse_args([]))
    assert settings == Settings(foreground=True, console=True, detail=True)


def test_words_of_one_half_and_of_files() -> None:
    """A director that is told to leave VRRP alone would bring up addresses."""
    words = ["--only", "checkers", "-f", "/etc/one.conf", "--pid", "/run/one.pid", "--background", "--memory"]
    settings = own_settings(own_parser().parse_args(words))
    assert (settings.checkers, settings.vrrp, settings.file) == (True, False, "/etc/one.conf")
    assert (settings.pid_files, settings.foreground, settings.memory) == (("/run/one.pid",), False, True)
