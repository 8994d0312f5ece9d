"""A VRRP process that is late takes a real-time priority if it may, and is killed in time if it is to be."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow]

TEXT = """global_defs {
    max_auto_priority 3
    min_auto_priority_delay 100000
}
vrrp_instance A {
    state BACKUP
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    virtual_ipaddress {
        10.70.0.100/24
    }
}
"""


def test_who_was_late_has_a_real_time_priority(lan: Callable[..., Any], wait: Callable[..., Any]) -> None:
    """On a machine that is too busy the other router would take over again and again."""
    place = lan(1)
    place.start_file("a", TEXT, ours=True)
    assert wait(lambda: "(A) Entering MASTER STATE" in place.log("a")), place.log("a")
    process = place.pid("a", "vrrp")
    os.kill(process, signal.SIGSTOP)
    time.sleep(0.5)
    os.kill(process, signal.SIGCONT)
    assert wait(lambda: os.sched_getscheduler(process) & ~os.SCHED_RESET_ON_FORK == os.SCHED_RR), place.log("a")
    assert 1 <= os.sched_getparam(process).sched_priority <= 3
    assert "late: real-time priority" in place.log("a")


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.usefixtures("keepalived")
def test_the_limit_of_real_time_is_keepalived_s(lan: Callable[..., Any], wait: Callable[..., Any], ours: bool) -> None:
    """A process that went astray would keep the machine from everything else, or be killed for less than was said."""
    place = lan(1)
    said = "global_defs {\n    vrrp_rt_priority 5\n    vrrp_rlimit_rttime 800000\n"
    place.start_file("a", TEXT.replace("global_defs {\n", said), ours=ours)
    assert wait(lambda: "(A) Entering MASTER STATE" in place.log("a")), place.log("a")
    limits = Path(f"/proc/{place.pid('a', 'vrrp')}/limits").read_text()
    line = next(each for each in limits.splitlines() if each.startswith("Max realtime timeout"))
    assert line.split()[3:5] == ["400000", "800000"]
