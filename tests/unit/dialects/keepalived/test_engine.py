"""Blocks whose lines were read before: they say what they would say if they were read again."""

from __future__ import annotations

import itertools

import pytest

from standfast.dialects.keepalived import configuration_of

BODIES = {
    "tcp": "weight 3|uthreshold 9|inhibit_on_failure|TCP_CHECK {|connect_timeout 2|retry 2|}",
    "method": "lvs_method TUN type gue port 77|weight 0|alpha|PING_CHECK {|}|SMTP_CHECK {|helo_name x|}",
    "http": "virtualhost a.example|HTTP_GET {|url {|path /|status_code 200|regex ok|}|url {|path /b|}|}",
    "dns and udp": "DNS_CHECK {|type A|name x.example|}|UDP_CHECK {|payload 00|require_reply|}",
    "other address": "TCP_CHECK {|connect_ip 198.51.100.200|bindto 198.51.100.201|connect_port 8|}",
    "a fault": "weight x|TCP_CHECK {|retry 1|}",
    "an unknown word": "weigth 3|TCP_CHECK {|}",
    "a skipped block": "weight 2|vrrp_instance X {|TCP_CHECK {|}|}",
    "a missing argument": "weight|TCP_CHECK {|retry|}",
    "a check that does not count": "HTTP_GET {|}|TCP_CHECK {|}",
    "commands": "notify_up /bin/true|MISC_CHECK {|misc_path /bin/true|}",
    "a command that is not there": "notify_up /gone|MISC_CHECK {|misc_path /gone|}|TCP_CHECK {|}",
    "thresholds that cannot be": "uthreshold 3|lthreshold 4|TCP_CHECK {|}",
    "ours": "drain_on_failure|HTTP_GET {|compressed|url {|path /|}|}",
    "a brace in quotes": 'TCP_CHECK {|}|virtualhost "}"|weight 4',
    "a brace too many": "weight 2|}|TCP_CHECK {|}",
    "quotes": 'virtualhost "a b"|HTTP_GET {|url {|path "/x y"|regex "a b"|}|}',
}
ADDRESSES = (
    "198.51.100.1 80",
    "198.51.100.2 80",
    "198.51.100.1 80",
    "2001:db8::1 80",
    "fe80::1 80",
    "fe80::2 80",
    "198.51.100.3 81",
    "x 1",
)
RESTS = tuple(
    "".join(f"real_server 198.51.100.{at} 80 {{\n{weight}TCP_CHECK {{\n}}\n}}\n" for at in (1, 2))
    for weight in ("", "weight 3\n")
)
SERVICE = """virtual_server 192.0.2.{number} 80 {{
    delay_loop {number}
    protocol TCP
    lvs_method {method}
{rest}}}
"""


def text_of(body: str, odd: bool) -> str:
    """Return three services; `odd`: no two blocks have the same lines, but all say the same."""
    counting = itertools.count(1)
    services = []
    for number, method in ((1, "NAT"), (2, "DR"), (3, "NAT")):
        servers = []
        for address in ADDRESSES:
            lines = ["    " * 2 + line for line in body.split("|")]
            lines[0] += " " * next(counting) if odd else ""
            servers.append("\n".join((f"    real_server {address} {{", *lines, "    }\n")))
        services.append(SERVICE.format(number=number, method=method, rest="".join(servers)))
    return "".join(services)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_block_like_another_says_what_it_says_alone(read, body: str) -> None:
    """If this failed, real servers would be checked otherwise, or faults go unheard, because others look like them."""
    one, other = read(text_of(body, odd=False)), read(text_of(body, odd=True))
    assert configuration_of(one) == configuration_of(other)
    assert [(f.code, f.message, f.place.line, f.order) for f in one.findings] == [
        (f.code, f.message, f.place.line, f.order) for f in other.findings
    ]
    assert one.services


def test_blocks_are_taken_as_known(read) -> None:
    """If this failed, the test above would compare the slow way with itself, and big files be read slowly."""
    for service in read(text_of(BODIES["tcp"], odd=False)).services:
        first, *others = [server for server in service["servers"] if server.key.address.version == 4]
        assert [other.said is first.said for other in others] == [True, True]


TERMS = (
    "",
    "weight 7",
    "delay_loop 9|retry 4|delay_before_retry 2|warmup 5|connect_timeout 8|alpha|inhibit_on_failure",
    "drain_on_failure",
    "lvs_method DR",
    "lvs_method TUN type gue port 9",
    "lvs_method TUN",
    "virtualhost b.example",
    "virtualhost c.example",
    "smtp_alert|hysteresis 1|quorum 2",
)


def of_all_terms(body: str, odd: bool) -> str:
    """Return services on all terms, each twice: at first with what is said of real servers last, then first."""
    services = []
    for number, (terms, first) in enumerate((terms, first) for first in (False, True) for terms in TERMS):
        servers = []
        for at in (1, 2, 3):
            line, _, rest = body.partition("|")
            servers.append(f"real_server 198.51.100.{at} 80 {{|{line}{' ' * (odd * (4 * number + at))}|{rest}|}}")
        lines = [*servers, terms] if first else [terms, *servers]
        services.append("|".join((f"virtual_server 192.0.2.{number} 80 {{", *lines, "}")))
    return "".join(f"{line}\n" for line in "|".join(services).split("|"))


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_services_share_what_is_said_and_keep_their_own_terms(read, body: str) -> None:
    """If this failed, real servers would be weighed or checked by what is said of another service."""
    one, other = (read(of_all_terms(body, odd), absent=frozenset({"/gone"})) for odd in (False, True))
    assert len(one.services) == 2 * len(TERMS)
    assert configuration_of(one) == configuration_of(other)
    assert [(f.code, f.message, f.place.line, f.order) for f in one.findings] == [
        (f.code, f.message, f.place.line, f.order) for f in other.findings
    ]


def test_what_services_say_alike_is_there_once(read) -> None:
    """If this failed, a start would touch memory for each service where it needs it once."""
    text = "".join(SERVICE.format(number=number, method="NAT", rest=RESTS[number > 3]) for number in (1, 2, 3, 4, 5))
    source = read(text.replace("delay_loop 2\n", "delay_loop 1\n").replace("delay_loop 5\n", "delay_loop 4\n"))
    one, two, three, four, five = ([server.said for server in service["servers"]] for service in source.services)
    assert one[0] is one[1] is two[0] is two[1]
    assert four[0] is five[1]
    assert three[0] is not one[0] is not four[0]
    assert [said[0]["delay_loop_us"] for said in (one, three, four)] == [1_000_000, 3_000_000, 4_000_000]
    made = configuration_of(source).services
    assert made[0].servers[1].terms is made[1].servers[0].terms
    assert made[2].servers[0].terms.checks[0].rhythm.delay_loop_ms == 3000


def test_nouns_are_made_once(read) -> None:
    """If this failed, whoever asks a source twice would be told that there are no real servers."""
    source = read(text_of(BODIES["tcp"], odd=False))
    assert configuration_of(source).services
    with pytest.raises(KeyError):
        configuration_of(source)


def test_the_first_of_its_like_may_not_count(read) -> None:
    """If this failed, a real server would have no weight because the one before it stands twice."""
    blocks = ("198.51.100.1 80 {\n weight 2", "198.51.100.1 80 {\n weight 3", "198.51.100.2 80 {\n weight 3")
    servers = "".join(f"real_server {block}\n TCP_CHECK {{\n }}\n}}\n" for block in blocks)
    source = read(SERVICE.format(number=1, method="NAT", rest=f"warmup 7\n{servers}"))
    (service,) = configuration_of(source).services
    found = [(str(s.server.key.address), s.server.weight, s.terms.checks[0].rhythm.warmup_ms) for s in service.servers]
    assert found == [("198.51.100.1", 2, 7000), ("198.51.100.2", 3, 7000)]
    assert "twice" in {finding.code for finding in source.findings}
