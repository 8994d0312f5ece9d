"""How the processes of a director stand among others, as keepalived.conf says of each."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rig.namespaces import until

pytestmark = [pytest.mark.live]

SOURCE = Path(__file__).resolve().parents[3] / "src"
TEXT = """global_defs {{
    checker_priority 5
    checker_cpu_affinity {processor}
    checker_rlimit_rttime 4000000
    script_user root
    enable_script_security
}}
vrrp_instance A {{
    interface eth0
    virtual_router_id 51
    virtual_ipaddress {{
        10.70.0.100/24
    }}
}}
virtual_server 192.0.2.1 80 {{
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    quorum_up "/bin/sh -c 'sleep 1; nice > {folder}/told; mv {folder}/told {folder}/nice'"
    real_server 127.0.0.2 80 {{
    }}
}}
"""
NETWORK = """ip link set lo up
ip link add eth0 type veth peer name eth1
ip link set eth1 up
ip link set eth0 up
ip addr add 10.70.0.1/24 dev eth0
"""


def limit_of(pid: int) -> list[str]:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return next(line for line in lines if line.startswith("Max realtime timeout")).split()[3:5]


def stands(pid: int) -> tuple[int, set[int]]:
    return os.getpriority(os.PRIO_PROCESS, pid), os.sched_getaffinity(pid)


def read_number(path: Path) -> int:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return 0


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("unshare"), reason="needs root and unshare")
def test_the_checks_stand_so_and_nobody_else(tmp_path: Path) -> None:
    """Adverts would be as late as the checks may be, or the checks take the processors of what else runs."""
    mine = os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0)
    (tmp_path / "conf").write_text(TEXT.format(processor=min(mine[1]), folder=tmp_path))
    alone = ["unshare", "-n", "sh", "-c", f'{NETWORK}exec "$@"', "sh"]
    words = [
        *alone,
        sys.executable,
        "-m",
        "standfast.daemons.director.command",
        "--memory",
        "-f",
        str(tmp_path / "conf"),
    ]
    for option in ("socket", "ledger", "vrrp-ledger", "pid", "vrrp-pid"):
        words += [f"--{option}", str(tmp_path / option)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    with (tmp_path / "log").open("w") as log:
        started = subprocess.Popen(words, stdout=log, stderr=log, env=environment)
    try:
        there = ("pid", "vrrp-pid", "nice")
        assert until(lambda: all((tmp_path / name).exists() for name in there)), (tmp_path / "log").read_text()
        checkers, vrrp = (read_number(tmp_path / name) for name in there[:2])
        assert stands(checkers) == (5, {min(mine[1])})
        assert limit_of(checkers) == ["2000000", "4000000"]
        assert until(lambda: stands(vrrp) == mine), stands(vrrp)
        assert (tmp_path / "nice").read_text().strip() == str(mine[0])
    finally:
        started.terminate()
        started.wait(30)
