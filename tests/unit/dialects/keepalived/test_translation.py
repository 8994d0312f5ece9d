"""What a configuration becomes for the director."""

from __future__ import annotations

from ipaddress import IPv4Address

from standfast import director
from standfast.dialects.keepalived import changes, configuration_of, services_of, start_table
from standfast.director import checks, lvs

ONE = """virtual_server 192.0.2.1 80 {
    delay_loop 6
    lvs_sched wrr
    lvs_method DR
    protocol TCP
    alpha
    quorum 2
    hysteresis 1
    sorry_server 198.51.100.9 80
    real_server 198.51.100.1 80 {
        weight 2
        inhibit_on_failure
        TCP_CHECK {
            connect_timeout 0.5
            delay_before_retry 2
        }
    }
    real_server 198.51.100.2 {
        DNS_CHECK {
        }
        MISC_CHECK {
            misc_path "/bin/true 'a b'"
            user root
        }
    }
}
"""
GROUP = """virtual_server_group G {
    192.0.2.1-3 80
    192.0.2.8/30 443
    2001:db8::1 80
    fwmark 7 inet
}
virtual_server group G {
    lvs_sched rr
    lvs_method TUN
    protocol UDP
    real_server 198.51.100.1 80 {
    }
}
"""


def test_settings_come_from_the_innermost_that_says_them(read) -> None:
    """If this failed, checks would run in another rhythm than they do under keepalived."""
    (service,) = services_of(read(ONE))
    first, second = service.servers
    assert first.terms.checks[0].kind == checks.TcpCheck(checks.Connect(timeout_ms=500))
    assert first.terms.checks[0].rhythm == checks.Rhythm(6000, 1, 2000, None, alpha=True)
    assert first.terms.on_failure is lvs.OnFailure.QUIESCE
    assert [check.rhythm.retry for check in second.terms.checks] == [3, 0]
    assert [check.rhythm.delay_before_retry_ms for check in second.terms.checks] == [6000, 1000]
    assert second.terms.checks[1].kind == checks.MiscCheck(checks.Script(("/bin/true", "a b"), "root"))


def test_quorum_and_sorry_server_are_those_that_were_written(read) -> None:
    """If this failed, the sorry server would come too early, or never."""
    (service,) = services_of(read(ONE))
    assert (service.quorum, service.hysteresis) == (2, 1)
    assert service.sorry is not None
    assert service.sorry.key == lvs.ServerKey(IPv4Address("198.51.100.9"), 80)
    assert service.name == "[192.0.2.1]:tcp:80"


def test_a_group_is_a_service_for_each_address_and_mark(read) -> None:
    """If this failed, addresses of a range would get no service."""
    (service,) = services_of(read(GROUP.replace("TUN", "NAT").replace("    2001:db8::1 80\n", "")))
    keys = [str(virtual.key) for virtual in service.services]
    assert keys == [
        *(f"UDP 192.0.2.{n}:80" for n in (1, 2, 3)), *(f"UDP 192.0.2.{n}:443" for n in range(8, 12)), "FWM 7",
    ]  # fmt: skip


def test_tunnelled_servers_may_serve_both_families(read) -> None:
    """If this failed, mixed groups, which tunnels allow, would be lost."""
    (service,) = services_of(read(GROUP))
    assert "UDP [2001:db8::1]:80" in [str(virtual.key) for virtual in service.services]


def test_nftables_ipvs_makes_one_mark_of_a_group(read) -> None:
    """If this failed, thousands of addresses would be thousands of services."""
    text = "global_defs {\nnftables_ipvs\n}\n" + GROUP.replace("    2001:db8::1 80\n", "")
    (service,) = services_of(read(text))
    assert [str(virtual.key) for virtual in service.services] == ["FWM 1000", "FWM 7"]


def test_the_table_at_the_start_holds_what_waits_for_no_check(read) -> None:
    """If this failed, clients would be sent to servers that have not been asked yet."""
    table = start_table(configuration_of(read(ONE)))
    (pool,) = table.values()
    assert {str(key) for key in pool.servers} == {"198.51.100.9:80", "198.51.100.1:80"}
    assert pool.servers[lvs.ServerKey(IPv4Address("198.51.100.1"), 80)].weight == 0
    open_table = start_table(configuration_of(read(ONE.replace("    alpha\n", ""))))
    assert {str(key) for pool in open_table.values() for key in pool.servers} == {"198.51.100.1:80", "198.51.100.2:80"}


def test_a_plan_tells_only_what_changes(read) -> None:
    """If this failed, an operator could not see before a reload what it would do."""
    before, after = configuration_of(read(ONE)), configuration_of(read(ONE.replace("weight 2", "weight 5")))
    assert changes(before, before) == []
    (change,) = changes(before, after)
    assert isinstance(change, lvs.EditServer)
    assert change.server.weight == 5


def test_global_settings_reach_the_director(read) -> None:
    """If this failed, mails, FIFOs and time-outs would be those of nobody."""
    text = """global_defs {
    lvs_timeouts tcp 900 udp 30
    lvs_flush_on_stop VS
    lvs_sync_daemon eth0 id 7
    lvs_notify_fifo /run/fifo root
    smtp_server 192.0.2.25
    notification_email {
        a@b.example
    }
}
"""
    configuration = configuration_of(read(text))
    assert configuration.timeouts == director.Timeouts(900, 0, 30)
    assert configuration.flush_on_stop is director.FlushOnStop.OURS
    assert configuration.sync_daemon == director.SyncDaemon(director.SyncRole.MASTER, "eth0", 7)
    assert configuration.fifos == (director.Fifo("/run/fifo", "root"),)
    assert configuration.mail.recipients == ("a@b.example",)


def test_equal_checks_are_one_value(read) -> None:
    """If this failed, a hundred thousand real servers would hold a hundred thousand equal checks."""
    servers = "".join(f"real_server 198.51.100.{n} 80 {{\nTCP_CHECK {{\n}}\n}}\n" for n in range(1, 4))
    text = f"virtual_server 192.0.2.1 80 {{\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\n{servers}}}\n"
    (service,) = services_of(read(text))
    assert len({id(server.terms.checks[0]) for server in service.servers}) == 1
