"""What keepalived's command line makes of the director."""

from __future__ import annotations

import pytest

from standfast.daemons.director.settings import keepalived_settings, own_parser, own_settings, running_of
from standfast.director.vrrp.orders import Running


@pytest.mark.parametrize(
    ("options", "checkers", "vrrp"),
    [((), True, True), (("vrrp",), False, True), (("check",), True, False), (("vrrp", "check"), True, True)],
)
def test_halves_are_chosen_as_keepalived_chooses_them(options: tuple[str, ...], checkers: bool, vrrp: bool) -> None:
    """If this failed, -P would want IPVS in the kernel, or -C would take addresses."""
    settings = keepalived_settings(dict.fromkeys(options, ""))
    assert (settings.checkers, settings.vrrp) == (checkers, vrrp)


def test_each_namespace_has_its_own_files() -> None:
    """If this failed, the second of two daemons in two namespaces would say that it is running already."""
    one, two = keepalived_settings({}), keepalived_settings({}, "/run/keepalived-blue")
    files = [{*s.pid_files, s.vrrp_pid, s.socket, s.ledger, s.vrrp_ledger} for s in (one, two)]
    assert not files[0] & files[1]
    assert all(name.startswith("/run/keepalived-blue") for name in files[1])


def test_named_pid_files_name_the_others() -> None:
    """If this failed, two daemons with files of their own would share a ledger, and one would clean up the other's."""
    settings = keepalived_settings({"pid": "/run/x/main.pid", "vrrp_pid": "/run/x/v.pid"})
    assert settings.vrrp_pid == "/run/x/v.pid"
    assert settings.vrrp_ledger == "/run/x/main_vrrp.ledger"
    assert settings.socket == "/run/x/main.sock"


def test_the_command_line_adds_to_what_the_file_says() -> None:
    """If this failed, -V or a pid file would be forgotten on the way to the VRRP process."""
    settings = keepalived_settings({"dont-release-vrrp": "", "vrrp_pid": "/run/v.pid", "dont-respawn": ""})
    running = running_of(settings, Running("", rt_priority=7))
    assert (running.rt_priority, running.keeps_addresses, running.pid_file) == (7, True, "/run/v.pid")
    assert running.ledger == "/run/keepalived_vrrp.ledger"
    assert not settings.respawns


def test_our_own_words_choose_halves_too() -> None:
    """If this failed, a director beside another VRRP daemon could not be told to leave addresses alone."""
    settings = own_settings(own_parser().parse_args(["--only", "checkers"]))
    assert (settings.checkers, settings.vrrp) == (True, False)
