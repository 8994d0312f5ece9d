"""The folder in which OCF agents keep what ends with the boot."""

from __future__ import annotations

import contextlib
import os

RSCTMP = "/run/resource-agents"


def make_rsctmp() -> None:
    """Make HA_RSCTMP, if it is missing and may be made: agents write there and make it not themselves.

    A machine that systemd has not booted since the agents were installed lacks it.
    Source: ocf-directories; tmpfiles.d/resource-agents.conf, mode 1755.
    """
    with contextlib.suppress(OSError):
        os.mkdir(RSCTMP)
        os.chmod(RSCTMP, 0o1755)
