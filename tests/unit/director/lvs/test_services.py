"""Virtual services and real servers as values."""

from __future__ import annotations

import pickle
from ipaddress import ip_address

import pytest
from msgspec.structs import fields

from standfast import director
from standfast.director import checks, lvs

TUNNEL = lvs.Tunnel(lvs.TunnelType.GUE, 77, lvs.TunnelChecksum.CHECKSUM)
UP, DOWN = checks.Script(("up",)), checks.Script(("down",), "root")
CHECK = checks.Check(checks.TcpCheck())


@pytest.mark.parametrize("address", ["192.0.2.1", "0.0.0.1", "2001:db8::1", "::2"])
def test_a_real_server_crosses_processes_whole(address: str) -> None:
    """If this failed, a reload would set another real server than the file says."""
    real = lvs.RealServer(lvs.ServerKey(ip_address(address), 81), lvs.Forwarding.TUNNEL, 2, 3, 4, TUNNEL)
    server = director.CheckedServer(real, director.Terms((CHECK,), lvs.OnFailure.DRAIN, UP, DOWN, True, "name"))
    plain = director.CheckedServer(lvs.RealServer(lvs.ServerKey(ip_address("192.0.2.2"), 80)))
    for value in (server, plain, real):
        assert pickle.loads(pickle.dumps(value)) == value
    assert all(getattr(server.terms, f.name) != getattr(plain.terms, f.name) for f in fields(server.terms))
    assert all(getattr(real, f.name) != getattr(plain.server, f.name) for f in fields(real))
