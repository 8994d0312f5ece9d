"""A real kernel as a process: user-mode-linux with the host's files, read-only, and IPVS of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULES = Path("/usr/lib/uml/modules")
NEEDED = {"linux.uml": "user-mode-linux", "ipvsadm": "ipvsadm", "modprobe": "kmod", "ip": "iproute2"}
SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

INIT = """#!/bin/sh
export PATH={search} HOME=/run TMPDIR=/run LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /run
mount -t hostfs none /mnt -o {folder}
mkdir -p /run/modules/lib; ln -s {modules} /run/modules/lib/modules
printf '#!/bin/sh\\nexec /sbin/modprobe -d /run/modules "$@"\\n' > /run/modprobe; chmod 755 /run/modprobe
echo /run/modprobe > /proc/sys/kernel/modprobe
ip link set lo up
/run/modprobe -a ip_vs veth dummy
ip link add eth0 type veth peer name eth1; ip link set eth0 up; ip link set eth1 up
ip addr add 10.91.0.1/24 dev eth0
cd {root}
export PYTHONPATH={root}/src STANDFAST_IN_UML=1
( {command} ) > /mnt/output 2>&1
echo $? > /mnt/status
sync
{python} -c "import ctypes; ctypes.CDLL(None).reboot(0x4321fedc)"
"""


@dataclass(frozen=True)
class Result:
    """What a command in the guest left: its exit status and both its outputs together."""

    status: int
    output: str


def missing() -> list[str]:
    """Return the packages that are not here."""
    return [package for program, package in NEEDED.items() if not shutil.which(program, path=SEARCH)]


@pytest.fixture
def run_in_uml(tmp_path: Path) -> Callable[[str], Result]:
    """Boot a kernel that runs a shell command and ends; the folder /mnt in it is the test's own."""
    if missing():
        pytest.skip(f"not installed: {', '.join(missing())}")
    if os.geteuid() != 0:
        pytest.skip("the guest reads the host's files as root")
    return lambda command: _boot(tmp_path, command)


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment for the kernel: newer processors have registers that it does not know."""
    shim, compiler = folder / "uml-wide-registers.so", shutil.which("cc")
    if compiler is None:
        return dict(os.environ)
    source = ROOT / "tools" / "uml-wide-registers.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", str(shim), str(source)], check=True)
    return {**os.environ, "LD_PRELOAD": str(shim)}


def _boot(folder: Path, command: str, timeout_s: float = 300) -> Result:
    init = folder / "init"
    texts = {"folder": folder, "modules": MODULES, "root": ROOT, "python": sys.executable, "search": SEARCH}
    init.write_text(INIT.format(command=command, **{k: shlex.quote(str(v)) for k, v in texts.items()}))
    init.chmod(0o755)
    words = [
        "linux.uml", "mem=512M", "rootfstype=hostfs", "ro", f"init={init}", "con=null", "con0=null,fd:1", "ssl=null",
        f"uml_dir={folder}/uml", "loglevel=4", "panic=1",
    ]  # fmt: skip
    guest = subprocess.Popen(
        words,
        env=_environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        console = guest.communicate(timeout=timeout_s)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        os.killpg(guest.pid, signal.SIGKILL)
        console = guest.communicate()[0].decode(errors="replace") + "\nkilled: it took too long"
    output = folder / "output"
    text = output.read_text(errors="replace") if output.exists() else ""
    status = folder / "status"
    if not status.exists() and "set fp regs failed" in console:
        pytest.skip("this processor's registers are more than the guest knows, and there is no C compiler to help it")
    if not status.exists():
        pytest.fail(f"the guest did not come to its end\n{console[-3000:]}\n{text[-3000:]}")
    return Result(int(status.read_text()), text)
