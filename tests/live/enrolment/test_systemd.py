"""Our units under a real systemd: the first process of namespaces of its own, with a Corosync of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent
INIT = Path("/lib/systemd/systemd")
LIMIT_S = 60.0
# What a machine's systemd would do to the machine is masked, and /proc/sys and /sys can only be read.
BOOT = """
mount -t proc proc /proc && mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys
mount -t sysfs -o ro sysfs /sys && mount -t tmpfs tmpfs /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run && mount -t tmpfs tmpfs /run && mkdir -p /run/dev/shm /run/dev/pts /run/root
for node in null zero full random urandom tty; do touch /run/dev/$node; mount --bind /dev/$node /run/dev/$node; done
ln -s /proc/self/fd /run/dev/fd && mount --rbind /run/dev /dev && mount -t tmpfs tmpfs /dev/shm
for folder in etc var; do
    mkdir -p /run/lay/$folder/u /run/lay/$folder/w
    mount -t overlay overlay -o lowerdir=/$folder,upperdir=/run/lay/$folder/u,workdir=/run/lay/$folder/w /$folder
done
mount --bind "$1" /run/root && mount -t tmpfs tmpfs /tmp && mkdir -p "$1" && mount --bind /run/root "$1"
rm -rf /etc/systemd/system /etc/corosync /var/lib/corosync /var/lib/standfast
mkdir -p /etc/systemd/system /etc/corosync /var/lib/corosync /var/log/corosync
for unit in remount-fs modules-load sysusers tmpfiles-setup tmpfiles-setup-dev tmpfiles-clean update-utmp; do
    ln -s /dev/null /etc/systemd/system/systemd-$unit.service
done
echo n1 > /etc/hostname && echo 0123456789abcdef0123456789abcdef > /etc/machine-id
echo '127.0.0.1 localhost n1' > /etc/hosts
for unit in standfastd standfast-cluster; do
    sed "s#/usr/bin/standfast#$2/standfast#" "$1/packaging/systemd/$unit.service" > /etc/systemd/system/$unit.service
done
mkdir /etc/systemd/system/standfastd.service.d
printf '[Service]\\nWatchdogSec=3s\\n' > /etc/systemd/system/standfastd.service.d/test.conf
printf '[Unit]\\nRequires=basic.target\\nAfter=basic.target\\n' > /etc/systemd/system/test.target
hostname n1 && ip link set lo up
ip link add eth0 type veth peer name p0 && ip addr add 10.9.0.1/24 dev eth0
ip link set eth0 up && ip link set p0 up
exec env -i container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin "$3" --unit=test.target --log-target=null
"""


class Machine:
    """A machine whose first process is systemd."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def sh(self, script: str, status: int | None = 0) -> str:
        """Return what a script prints there; its status must be this one, None for any."""
        enter = ["nsenter", "-t", str(self.pid), "-m", "-p", "-u", "-i", "-C", "-n"]
        path = f"PATH={BIN}:/usr/sbin:/usr/bin:/sbin:/bin"
        done = subprocess.run(
            [*enter, "env", "-i", path, "sh", "-c", script],
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        assert status is None or done.returncode == status, f"{script}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def property(self, name: str, unit: str = "standfastd") -> str:
        """Return a property of a unit."""
        return self.sh(f"systemctl show --value -p {name} {unit}").strip()

    def until(self, what: str, test: Callable[[], bool]) -> None:
        """Return when the test holds."""
        end = time.monotonic() + LIMIT_S
        while not test():
            journal = "journalctl --no-pager -n 40"
            assert time.monotonic() < end, f"not in {LIMIT_S:.0f} s: {what}\n{self.sh(journal, None)}"
            time.sleep(0.2)


def _first_child(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else 0


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine that has booted, with our units and no cluster yet."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    lacking = [n for n in ("unshare", "nsenter", "ip", "corosync", "systemctl", "journalctl") if not shutil.which(n)]
    if lacking or not INIT.exists():
        pytest.skip(f"needs {', '.join(lacking) or 'systemd'}")
    flags = ["-fmpuiCn", "--kill-child", "--propagation", "private"]
    command = ["unshare", *flags, "sh", "-e", "-c", BOOT, "boot", str(ROOT), str(BIN), str(INIT)]
    with open(tmp_path / "log", "wb") as log:
        boot = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        end = time.monotonic() + LIMIT_S
        while boot.poll() is None and not _first_child(boot.pid):
            time.sleep(0.05)
        made = Machine(_first_child(boot.pid) if boot.poll() is None else 0)
        while boot.poll() is None and "active" not in made.sh("systemctl is-active test.target", None).split():
            assert time.monotonic() < end, "systemd does not come up"
            time.sleep(0.2)
        if boot.poll() is not None:
            pytest.skip(f"systemd does not start here: {(tmp_path / 'log').read_text().strip()[-300:]}")
        yield made
    finally:
        boot.kill()
        boot.wait()


INIT_CLUSTER = (
    "standfast cluster init --name web --address 10.9.0.1 --set system.sched_rr=no --set system.priority=0"
    " --set totem.token=1000"
)
CONFIGURE = (
    "standfast crm configure property stonith-enabled=false && "
    "standfast crm configure primitive a ocf:heartbeat:Dummy params state=/run/a.state op monitor interval=10s"
)


def _resource(machine: Machine) -> str:
    """Return what tells one start of the resource from another, empty if it does not run."""
    return machine.sh("stat -c '%i %Z' /run/a.state 2>/dev/null", None).strip()


def _returns(machine: Machine, signal_name: str) -> None:
    """Send a signal to the daemon; it is started again, and the resource is found as it was."""
    first, before = machine.property("MainPID"), _resource(machine)
    machine.sh(f"kill -{signal_name} {first}")
    machine.until(
        f"restarted after {signal_name}",
        lambda: machine.property("MainPID") not in ("0", first) and machine.property("ActiveState") == "active",
    )
    machine.until("a is found", lambda: "Started" in machine.sh("standfast crm_mon -1 | grep '\\* a'", None))
    assert _resource(machine) == before != ""


def test_a_node_lives_under_systemd(machine: Machine) -> None:
    """The packaged units would not start, or would take the resources down with a daemon that failed."""
    machine.sh(INIT_CLUSTER)
    machine.sh("systemctl start standfastd")
    for unit in ("corosync", "standfast-cluster", "standfastd"):
        assert machine.property("ActiveState", unit) == "active", unit
    machine.sh(CONFIGURE)
    machine.until("a is started", lambda: bool(_resource(machine)))
    _returns(machine, "KILL")
    _returns(machine, "STOP")  # the watchdog's case
    assert machine.property("Result", "standfast-cluster") == "success"
    assert "Calculated transition" in machine.sh("journalctl --no-pager -u standfastd -p info -o cat")
    assert "Calculated transition" not in machine.sh("journalctl --no-pager -u standfastd -p warning -o cat")
    machine.sh("systemctl stop corosync")  # what requires it goes first
    assert [machine.property("ActiveState", unit) for unit in ("standfastd", "corosync")] == ["inactive"] * 2
    assert _resource(machine) == ""
