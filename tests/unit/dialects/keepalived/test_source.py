"""What a configuration comes to: verdicts, exit statuses, and what keepalived overlooks."""

from __future__ import annotations

import pytest

from standfast.dialects.keepalived import Level, Process, Source, Verdict, services_of
from standfast.director import checks

INSTANCE = """vrrp_instance VI_1 {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority 100
    virtual_ipaddress {
        192.0.2.10/24
    }
}
"""
SERVICE = """virtual_server 192.0.2.1 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 198.51.100.1 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 3
        }
    }
}
"""


def lines(source: Source) -> list[int]:
    return sorted({f.place.line for f in source.findings if f.lined and f.place.line})


@pytest.mark.parametrize("text", [INSTANCE, SERVICE, INSTANCE + SERVICE, "", "# nothing\n", "global_defs {\n}\n"])
def test_a_good_configuration_is_clean(read, text: str) -> None:
    """If this failed, operators would be told of faults that are none, and stop reading."""
    source = read(text)
    assert source.findings == ()
    assert (source.status, source.verdict) == (0, Verdict.CLEAN)


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("priority 100", "priority 300", 5),
        ("priority 100", "prioriti 100", 5),
        ("state BACKUP", "state SLAVE", 2),
        ("192.0.2.10/24", "192.0.2.300/24", 7),
        ("192.0.2.10/24", "192.0.2.10/33", 7),
        ("priority 100", "advert_int 0.001", 5),
        ("priority 100", "track_script {\n nosuch\n}", 6),
    ],
)
def test_a_fault_is_told_with_its_line_and_the_daemon_would_run(read, old: str, new: str, line: int) -> None:
    """If this failed, an operator would look for the fault by hand, in a file of a thousand lines."""
    source = read(INSTANCE.replace(old, new))
    assert line in lines(source)
    assert source.status == 5
    assert source.verdict is Verdict.FAULTS


def test_all_faults_are_told_at_once(read) -> None:
    """If this failed, a file with ten faults would take ten attempts; keepalived stops at the missing argument."""
    text = INSTANCE.replace("priority 100", "priority").replace("state BACKUP", "state SLAVE") + "frobnicate 1\n"
    source = read(text + SERVICE.replace("weight 1", "weight -1"))
    assert {2, 5, 10, 16} <= set(lines(source))
    assert source.status == 2
    assert source.verdict is Verdict.STOPS


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("virtual_router_id 51", ""),
        ("virtual_router_id 51", "virtual_router_id 256"),
        ("interface eth0", "interface nosuch0"),
        ("interface eth0", ""),
        ("192.0.2.10/24\n", "192.0.2.10/24\n    }\n    track_interface {\n        nosuch0\n"),
    ],
)
def test_what_stops_vrrp_is_no_mere_fault(read, old: str, new: str) -> None:
    """`keepalived -t` ends with 5 here as for any fault; if we did too, a dead pair would look like a warning."""
    source = read(INSTANCE.replace(old, new))
    assert source.status == 5
    assert source.stopped == {Process.VRRP}
    assert source.verdict is Verdict.STOPS


def test_one_router_number_twice_on_an_interface_stops_vrrp(read) -> None:
    """If this failed, two instances would answer each other's adverts."""
    assert read(INSTANCE + INSTANCE.replace("VI_1", "VI_2")).stopped == {Process.VRRP}
    assert not read(INSTANCE + INSTANCE.replace("VI_1", "VI_2").replace("51", "52").replace(".10/", ".11/")).findings


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (INSTANCE + INSTANCE.replace("VI_1", "VI_2").replace("51", "52"), "address-twice"),
        (SERVICE + SERVICE, "service-twice"),
        (SERVICE.replace("192.0.2.1 80", "group nosuch"), "group"),
        (SERVICE.replace("weight 1", "uthreshold 10\nlthreshold 20"), "thresholds"),
        (SERVICE.replace("protocol TCP", "protocol TCP\nquorum_up /nosuch"), "script-missing"),
        (INSTANCE.replace("priority 100", "priority 255"), "priority"),
        (SERVICE.replace("TCP_CHECK {", "HTTP_GET {\nurl {\npath /\nregex a(b\n}\n"), "regex"),
        ("@hots1 vrrp_version 3\n" + SERVICE, "condition"),
        (SERVICE.replace("protocol TCP", "protocol TCP\npersistence_timeout 60\npersistence_granularity 255.0.255.0"),
         "netmask"),
    ],
)  # fmt: skip
def test_what_keepalived_overlooks_is_told_and_does_not_change_its_status(read, text: str, code: str) -> None:
    """keepalived says nothing and does something else than what is meant; the status stays its own."""
    source = read(text, absent=frozenset({"/nosuch"}))
    assert [f.code for f in source.findings if f.level is Level.OURS] == [code]
    assert source.status == 0


def test_scripts_want_script_security(read) -> None:
    """If this failed, `-t` would end with 0 where keepalived ends with 6, and a deployment would differ."""
    text = INSTANCE.replace("priority 100", "notify /bin/true")
    assert read(text).status == 6
    assert read("global_defs {\nenable_script_security\nscript_user root\n}\n" + text).status == 0


def test_http_get_without_url_is_told_as_what_crashes_keepalived(read) -> None:
    """If this failed, a checker that dies for ever would pass as running."""
    source = read(SERVICE.replace("TCP_CHECK", "HTTP_GET"))
    assert source.stopped == {Process.CHECKER}
    assert source.status == 5


def test_a_checked_include_that_is_missing_stops_everything(read) -> None:
    """If this failed, half a configuration would run as a whole one."""
    assert read("includea nosuch.conf\n" + SERVICE).status == 6
    assert read("includea nosuch.conf\n" + SERVICE).verdict is Verdict.STOPS
    assert read("include nosuch.conf\n" + SERVICE).status == 0


def test_an_unknown_block_is_complained_about_to_its_end(read) -> None:
    """keepalived has no recovery here; if ours had, its lines would not all be named."""
    source = read("frobnicate {\n  a 1\n}\n" + SERVICE)
    assert lines(source) == [1, 2, 3]


@pytest.mark.parametrize("before", ["", SERVICE.split("\n", 4)[4].rpartition("}")[0]])
def test_the_lines_of_a_real_server_that_is_left_out_count_for_nothing(read, before: str) -> None:
    """Without its { they would be those of the real server before it, or nobody's."""
    head = SERVICE.partition("    real_server")[0]
    source = read(f"{SERVICE}{head}{before}real_server 192.0.2.300 80\nweight 7\nTCP_CHECK {{\n}}\n}}\n")
    assert {"address", "brace"} <= {f.code for f in source.findings}
    weights = [[each.server.weight for each in service.servers] for service in services_of(source)]
    assert weights == ([[1], [1]] if before else [[1]])


def test_a_keyword_of_ours_is_a_fault_for_keepalived_and_none_for_us(read) -> None:
    """If this failed, `-t` would pass files that keepalived refuses, or `check` refuse what the director knows."""
    source = read(SERVICE.replace("weight 1", "drain_on_failure"))
    assert (source.status, source.verdict) == (5, Verdict.CLEAN)
    assert [f.code for f in source.findings] == ["own-keyword"]


def test_a_value_of_ours_is_a_fault_that_counts_all_the_same(read) -> None:
    """If this failed, a file that keepalived refuses would pass, or HTTP/2 could not be asked for."""
    source = read(SERVICE.replace("TCP_CHECK {", "HTTP_GET {\nurl {\npath /\n}\nhttp_protocol 2"))
    assert (source.status, source.verdict) == (5, Verdict.FAULTS)
    assert services_of(source)[0].servers[0].terms.checks[0].kind.version is checks.HttpVersion.HTTP_2


def test_without_its_network_namespace_nothing_starts_and_t_is_silent(read) -> None:
    """If this failed, each missing interface would be told instead of the namespace that is missing."""
    text = "net_namespace blue\n" + INSTANCE.replace("eth0", "eth7")
    lost = read(text)
    assert [f.code for f in lost.findings] == ["namespace"]
    assert (lost.status, lost.verdict, lost.stopped) == (0, Verdict.STOPS, {Process.PARENT})
    there = read("net_namespace blue\n" + INSTANCE, namespaces=frozenset({"blue"}))
    assert (there.findings, there.verdict) == ((), Verdict.CLEAN)
