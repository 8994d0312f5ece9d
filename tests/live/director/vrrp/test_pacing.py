"""Gratuitous ARP with pauses, beside keepalived's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow]
INTERVAL_S = 0.05
TEXT = f"""global_defs {{
    vrrp_garp_interval {INTERVAL_S}
    vrrp_garp_master_delay 0
    vrrp_garp_master_repeat 2
}}
vrrp_instance A {{
    state BACKUP
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.03
    virtual_ipaddress {{
        10.70.0.10/24
        10.70.0.11/24
        10.70.0.12/24
        10.70.0.13/24
    }}
}}
"""


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.usefixtures("keepalived")
def test_gratuitous_arp_keeps_its_pauses_and_adverts_do_not(
    lan: Callable[..., Any], wait: Callable[..., Any], ours: bool
) -> None:
    """A switch would lose what it is told; or the other router would take over while this one tells."""
    place = lan(1)
    place.start_file("a", TEXT, ours=ours)
    assert wait(lambda: len(place.announcements) >= (8 if ours else 4)), place.log("a")
    times = [at for at, _ in place.announcements]
    adverts = [seen.at for seen in place.adverts if seen.priority and times[0] <= seen.at <= times[-1]]
    assert times[-1] - times[0] > (len(times) - 1) * INTERVAL_S * 0.8
    assert len(adverts) >= len(times) // 2, "adverts went on meanwhile"


def test_who_leaves_tells_nobody_any_more(lan: Callable[..., Any], wait: Callable[..., Any]) -> None:
    """The neighbours would go on sending to a router that has given its addresses up."""
    place = lan(1)
    place.start_file("a", TEXT.replace(f"{INTERVAL_S}", "5"), ours=True)
    assert wait(lambda: len(place.announcements) >= 1), place.log("a")
    place.start_file(
        "b", TEXT.replace(f"{INTERVAL_S}", "0.001").replace("version 3", "version 3\npriority 200"), ours=True
    )
    assert wait(lambda: place.speakers().endswith("b")), place.log("b")
    assert wait(lambda: len([1 for _, node in place.announcements if node == "b"]) >= 8), place.log("b")
    told = [node for _, node in place.announcements]
    assert told.count("a") < 8
    first = told.index("b")
    assert "a" not in told[first + 1 :], told
