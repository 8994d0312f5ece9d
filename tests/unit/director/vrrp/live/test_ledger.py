"""The file that the next start reads."""

from __future__ import annotations

from ipaddress import ip_interface
from pathlib import Path
from typing import cast

import pytest

from standfast.director import vrrp
from standfast.director.vrrp import rtnetlink_messages as nl
from standfast.director.vrrp.live.ledger import Ledger
from standfast.director.vrrp.live.netlink import Kernel


class Remover:
    """Stands for the kernel: keeps what it is asked to remove."""

    def __init__(self) -> None:
        self.asked: list[nl.Request] = []

    def change(self, requests: list[nl.Request]) -> list[int]:
        self.asked += requests
        return [0] * len(requests)


def clean(ledger: Ledger) -> tuple[list[nl.Request], tuple[int, list[str]]]:
    remover = Remover()
    answer = ledger.clean(cast("Kernel", remover))
    return remover.asked, answer


def test_what_was_noted_is_removed(tmp_path: Path) -> None:
    """Addresses would stay at a machine that was killed."""
    ledger = Ledger(tmp_path / "deep" / "ledger.json")
    assert clean(ledger) == ([], (0, []))
    removal = nl.address(vrrp.VirtualAddress(ip_interface("10.0.0.1/24")), 2, adds=False)
    ledger.write([removal], ["vrrp.51"])
    assert clean(ledger) == ([removal], (1, ["vrrp.51"]))
    ledger.end()
    ledger.end()
    assert clean(ledger) == ([], (0, []))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"removals": [[1]], "links": []}', '{"removals": [[99, 0, "zz"]]}'])
def test_a_torn_ledger_is_no_hindrance(tmp_path: Path, text: str) -> None:
    """A half written file would keep the router from starting."""
    path = tmp_path / "ledger.json"
    path.write_text(text)
    assert clean(Ledger(path)) == ([], (0, []))
