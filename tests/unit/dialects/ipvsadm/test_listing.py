"""What ipvsadm prints, where the recordings have no example."""

from ipaddress import ip_address

import pytest

from standfast import director
from standfast.dialects.ipvsadm import NoNames, listing
from standfast.director import lvs


@pytest.mark.parametrize(
    ("value", "text", "exact"),
    [
        (0, "        0", "        0"),
        (99_999_999, " 99999999", " 99999999"),
        (100_000_000, "  100000K", " 100000000"),
        (1_000_000_000, "    1000M", " 1000000000"),
        (100_000_000_000, "     100G", " 100000000000"),
        (100_000_000_000_000, "     100T", " 100000000000000"),
    ],
)
def test_large_numbers_are_shortened(value: int, text: str, exact: str) -> None:
    """If this failed, a busy director's statistics could not be read by scripts."""
    assert (listing.large_number(value, False), listing.large_number(value, True)) == (text, exact)


def test_the_order_is_that_of_the_real_one_also_where_it_overflows() -> None:
    """If this failed, saved files of the two would differ for common addresses (seen with the real ipvsadm)."""
    assert ordered("192.0.2.1", "10.0.0.1") == ["192.0.2.1", "10.0.0.1"]
    assert ordered("127.0.0.1", "10.0.0.1") == ["10.0.0.1", "127.0.0.1"]


def ordered(*addresses: str) -> list[str]:
    keys = [lvs.ServiceAddress(lvs.Transport.TCP, ip_address(a), 80) for a in reversed(addresses)]
    statuses = listing.in_service_order(director.ServiceStatus(lvs.VirtualService(key)) for key in keys)
    return [str(s.service.key).removeprefix("TCP ").removesuffix(":80") for s in statuses]


def test_rates_and_tunnels_have_their_columns() -> None:
    """If this failed, `--rate` and `--tun-info` would differ from the real ones."""
    key = lvs.ServiceAddress(lvs.Transport.TCP, ip_address("10.0.0.1"), 80)
    tunnel = lvs.Tunnel(lvs.TunnelType.GUE, 6080, lvs.TunnelChecksum.REMOTE_CHECKSUM)
    real = lvs.RealServer(lvs.ServerKey(ip_address("10.0.0.2"), 80), lvs.Forwarding.TUNNEL, tunnel=tunnel)
    status = director.ServiceStatus(lvs.VirtualService(key))
    server = director.ServerStatus(real, rates=director.Rates(1, 2, 3, 4_000_000_000, 5))

    def printed(option: str) -> str:
        printer = listing.Printer(listing.Form.of({"numeric", option}), NoNames())
        return printer.pool(status, [server]).splitlines()[1]

    assert printed("rate") == "  -> 10.0.0.2:80                         1        2        3    4000M        5"
    assert printed("tun-info") == "  -> 10.0.0.2:80                  Tunnel  gue:6080:r+c  1      0          0         "
