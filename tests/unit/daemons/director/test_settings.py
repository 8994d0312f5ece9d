"""What the command lines mean for the processes below the director."""

from __future__ import annotations

from ipaddress import ip_address

from standfast import director
from standfast.daemons.director.reading import halves_of, moves, wants_checkers
from standfast.daemons.director.settings import Settings, bfd_running_of, follower_path, keepalived_settings, running_of
from standfast.dialects import keepalived
from standfast.dialects.live.machine import Loaded
from standfast.director import bfd
from standfast.director.vrrp.orders import Running

SESSIONS = bfd.Configuration((bfd.SessionConfiguration("S", ip_address("192.0.2.2")),))
BFD = keepalived.BfdHalf(SESSIONS, bfd.orders.Running())


def test_bfd_as_keepalived_s_options_have_it() -> None:
    """If this failed, -B would not leave BFD out, or an init script not find its pid file."""
    assert keepalived_settings({}).bfd_pid == "/run/keepalived_bfd.pid"
    assert keepalived_settings({"bfd_pid": "/x"}).bfd_pid == "/x"
    assert "BFD" in halves_of(keepalived_settings({"vrrp": ""}))
    assert "BFD" not in halves_of(keepalived_settings({"no_bfd": ""}))


def test_vrrp_hears_of_sessions_where_bfd_tells_them() -> None:
    """If this failed, track_bfd would follow nothing."""
    settings = Settings(socket="/run/d.sock", bfd_pid="/run/b.pid")
    told = bfd_running_of(settings, bfd.orders.Running(rt_priority=5))
    assert told == bfd.orders.Running("/run/b.pid", 5, followers=(follower_path(settings),))
    assert running_of(settings, Running("")).sessions == follower_path(settings)
    assert not follower_path(settings).endswith(".sock"), "the command line would take it for a second director's"
    assert bfd_running_of(Settings(vrrp=False), bfd.orders.Running()).followers == ()


def test_sessions_alone_need_no_checkers() -> None:
    """If this failed, a machine without IPVS could not have a BFD session."""
    empty = director.Configuration(())
    assert wants_checkers(Settings(), Loaded(empty))
    assert not wants_checkers(Settings(), Loaded(empty, bfd=BFD))


def test_pid_files_of_several_daemons() -> None:
    """If this failed, two daemons of one namespace would write each other's pid file, or not find their sockets."""
    one = keepalived_settings({}, "", keepalived.ProcessWide("one", True))
    assert one.pid_files == ("/run/keepalived/keepalived_one.pid", "/run/keepalived/checkers_one.pid")
    assert (one.vrrp_pid, one.bfd_pid) == ("/run/keepalived/vrrp_one.pid", "/run/keepalived/bfd_one.pid")
    assert one.socket == "/run/keepalived/keepalived_one.sock"
    plain = keepalived_settings({}, "ns", keepalived.ProcessWide(in_folder=True))
    assert (plain.pid_files[0], plain.vrrp_pid) == ("/run/keepalived-ns/keepalived.pid", "/run/keepalived-ns/vrrp.pid")
    named = keepalived_settings({"pid": "/x.pid"}, "ns")
    assert (named.pid_files[0], named.vrrp_pid) == ("/x.pid", "/run/keepalived-ns_vrrp.pid")


def test_a_mask_of_the_command_line() -> None:
    """If this failed, everybody could read what only some may, or write it."""
    assert keepalived_settings({"umask": "027"}).umask == 0o27
    assert keepalived_settings({}).umask is None


def test_a_reload_stays_in_its_namespaces() -> None:
    """A director would have its table in one network and its checks in another, or refuse what changes nothing."""
    empty = director.Configuration()
    present, elsewhere = Loaded(empty, namespace="blue"), Loaded(empty, namespace="red")
    table_elsewhere = Loaded(empty, namespace="blue", ipvs_namespace="")
    assert not moves(Settings(), present, present)
    assert moves(Settings(), present, elsewhere)
    assert moves(Settings(), present, table_elsewhere)
    assert not moves(Settings(namespace="green"), present, elsewhere)
    assert not moves(Settings(ipvs_namespace="green"), present, table_elsewhere)
