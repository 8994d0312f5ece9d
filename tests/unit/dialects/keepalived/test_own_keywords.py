"""Keywords that keepalived does not know."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from standfast.dialects.keepalived import configuration_of, services_of
from standfast.director import checks, lvs

TEXT = """global_defs {
    merge_checks
    read_back
}
virtual_server 192.0.2.1 443 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    drain_on_failure
    real_server 198.51.100.1 443 {
        SSL_GET {
            http_protocol 2
            http_method HEAD
            header X-Check: one two
            header Accept */*
            basic_auth me secret
            compressed
            max_redirects 3
            proxy 198.51.100.7 3128 tunnel
            proxy_auth p q
            ca_file /etc/ca.pem
            ca_path /etc/ca
            verify
            sni_name www.example.org
            url {
                path /
            }
        }
    }
}
"""


def test_what_curl_takes_can_be_asked_for(read: Any) -> None:
    """If this failed, checks that people ran with curl's options could not be written down."""
    (service,) = services_of(read(TEXT))
    (server,) = service.servers
    kind = server.terms.checks[0].kind
    assert isinstance(kind, checks.HttpCheck)
    assert kind.tls == checks.Tls(server_name="www.example.org", ca_file="/etc/ca.pem", ca_path="/etc/ca", verify=True)
    assert kind.headers == (("X-Check", "one two"), ("Accept", "*/*"))
    assert (kind.version, kind.method, kind.user, kind.password) == (checks.HttpVersion.HTTP_2, "HEAD", "me", "secret")
    assert (kind.compressed, kind.redirects_max) == (True, 3)
    assert kind.proxy == checks.Proxy(ip_address("198.51.100.7"), 3128, True, "p", "q")


def test_a_service_can_drain_merge_and_read_back(read: Any) -> None:
    """If this failed, what the director does beyond keepalived could not be asked for."""
    configuration = configuration_of(read(TEXT))
    assert configuration.merge_checks
    assert configuration.read_back
    assert configuration.services[0].servers[0].terms.on_failure is lvs.OnFailure.DRAIN


def test_faults_in_them_are_told(read: Any) -> None:
    """If this failed, a proxy that is none would be left out without a word."""
    faults = {
        "proxy 198.51.100.7 3128 tunnel": "proxy nowhere 3128",
        "http_method HEAD": "http_method PUT",
        "max_redirects 3": "max_redirects x",
    }
    for line, wrong in faults.items():
        assert len(read(TEXT.replace(line, wrong)).findings) > len(read(TEXT).findings), wrong
