"""What the next start reads of whose the services in the table are."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path

import msgspec
import pytest

from standfast.director import lvs
from standfast.director.live.ledger import Ledger, namespace

KEYS = (
    lvs.ServiceAddress(lvs.Transport.TCP, ip_address("192.0.2.1"), 80),
    lvs.ServiceAddress(lvs.Transport.SCTP, ip_address("2001:db8::1"), 0),
    lvs.FirewallMark(7),
    lvs.FirewallMark(7, lvs.Family.IPV6),
)


@pytest.mark.parametrize("count", range(len(KEYS) + 1))
def test_what_is_noted_is_found(tmp_path: Path, count: int) -> None:
    """If this failed, services of a director that was killed would stay, or somebody else's be removed."""
    ledger = Ledger(tmp_path / "deep" / "ledger")
    ledger.write(KEYS[:count])
    assert ledger.read() == frozenset(KEYS[:count])


def test_a_ledger_is_one_document(tmp_path: Path) -> None:
    """If this failed, a director of another version could not take the table over."""
    Ledger(tmp_path / "ledger").write(KEYS[:3])
    assert msgspec.json.decode((tmp_path / "ledger").read_bytes()) == {
        "format": 1,
        "namespace": namespace(),
        "services": [["TCP", "192.0.2.1", 80], ["SCTP", "2001:db8::1", 0], ["mark", 7, 2]],
    }


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format":2,"namespace":0,"services":[]}'])
def test_a_torn_ledger_is_no_hindrance(tmp_path: Path, text: str) -> None:
    """If this failed, a half written file would keep the director from starting."""
    (tmp_path / "ledger").write_text(text)
    assert Ledger(tmp_path / "ledger").read() == frozenset()
