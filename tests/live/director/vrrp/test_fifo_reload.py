"""After a reload the FIFO has every state if that is wanted, as keepalived's has."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.usefixtures("keepalived")]

TEXT = """global_defs {{
    vrrp_notify_fifo {fifo} root
    script_user root
    enable_script_security
    {more}
}}
vrrp_sync_group G {{
    group {{
        A
    }}
}}
vrrp_instance A {{
    state BACKUP
    interface eth0
    virtual_router_id 51
    version 3
    advert_int 0.1
    virtual_ipaddress {{
        10.70.0.100/24
    }}
}}
"""


@pytest.mark.parametrize("ours", [True, False])
def test_states_are_told_after_a_reload(lan: Callable[..., Any], wait: Callable[..., Any], ours: bool) -> None:
    """Who reads the FIFO would not know after a reload which router is Active."""
    place = lan(1)
    with tempfile.TemporaryDirectory(prefix="sfv-fifo-") as folder:
        fifo = Path(folder, "fifo")
        os.mkfifo(fifo)
        reading = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
        heard: list[str] = []

        def hears(*lines: str) -> bool:
            with contextlib.suppress(BlockingIOError):
                heard.extend(os.read(reading, 65536).decode().splitlines())
            return set(lines) <= set(heard)

        master = 'INSTANCE "A" MASTER 100', 'GROUP "G" MASTER 0'
        place.start_file("a", TEXT.format(fifo=fifo, more="fifo_write_vrrp_states_on_reload"), ours=ours)
        assert wait(lambda: hears(*master)), (heard, place.log("a"))
        heard.clear()
        os.kill(place.pid("a", "main"), signal.SIGHUP)
        told = master if ours else master[1:]  # keepalived 2.2.7 leaves out instances that stay Active
        assert wait(lambda: hears(*told)), (heard, place.log("a"))
        assert set(heard) == set(told)
        place.end("a")
        os.close(reading)
