"""A VRRP process that is late takes a real-time priority if it may."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
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
