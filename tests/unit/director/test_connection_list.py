"""The kernel's list of connections."""

from ipaddress import ip_address

from standfast.director import Connection, connection_list, lvs

TEXT = """\
Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP 0A01000A E70C 0A010064 1F90 0A02000C 1F90 TIME_WAIT       117
UDP 0A01000A E70C 0A010064 13C4 0A02000C 13C4 UDP             299 sip abc
TCP [torn
TCP 2001:0db8:0000:0000:0000:0000:0000:0001 E70C 2001:0db8::2 0050 0A02000C 0050 ESTABLISHED     899
"""


def key(text: str, port: int) -> lvs.ServerKey:
    return lvs.ServerKey(ip_address(text), port)


def test_lines_become_connections() -> None:
    """If this failed, `-L -c` and draining would see other connections than the kernel has."""
    client, virtual, server = key("10.1.0.10", 59148), key("10.1.0.100", 8080), key("10.2.0.12", 8080)
    first, second, third = connection_list.read(TEXT.splitlines())
    assert first == Connection("TCP", client, virtual, server, "TIME_WAIT", 117)
    assert (second.engine, second.engine_data) == ("sip", "abc")
    assert (third.client, third.server) == (key("2001:db8::1", 59148), key("10.2.0.12", 80))
