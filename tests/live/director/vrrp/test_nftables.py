"""The table of nftables that keeps addresses silent is the one that keepalived.conf names, and moves with a reload."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow]

TEXT = """global_defs {
    nftables mine
}
vrrp_instance A {
    state BACKUP
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    no_accept
    virtual_ipaddress {
        10.70.0.100/24
    }
}
"""


def tables(namespace: str) -> list[str]:
    words = ["ip", "netns", "exec", namespace, "nft", "list", "tables"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()


def test_the_table_has_its_name(lan: Callable[..., Any], wait: Callable[..., Any]) -> None:
    """Two daemons in one namespace would take each other's table away, or a renamed one would stay behind."""
    if not shutil.which("nft"):
        pytest.skip("needs nft")
    place = lan(1)
    name = place.names["a"]
    place.start_file("a", TEXT, ours=True)
    assert wait(lambda: tables(name) == ["table inet mine"]), place.log("a")
    assert wait(lambda: "(A) Entering MASTER STATE" in place.log("a")), place.log("a")
    place.write_file("a", TEXT.replace("mine", "other"))
    os.kill(place.pid("a", "main"), signal.SIGHUP)
    assert wait(lambda: tables(name) == ["table inet other"]), place.log("a")
    place.end("a")
    assert tables(name) == []
