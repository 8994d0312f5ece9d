"""A real kernel as a process: user-mode-linux with the host's files, read-only, and IPVS of its own."""

from __future__ import annotations

import ctypes
import json
import multiprocessing
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
MODULES = Path("/usr/lib/uml/modules")
NEEDED = {"linux.uml": "user-mode-linux", "ipvsadm": "ipvsadm", "modprobe": "kmod", "ip": "iproute2"}
_CLONE_NEWNET = 0x40000000
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
export PYTHONPATH={root}/src STANDFAST_IN_UML=1 MODPROBE_OPTIONS="-d /run/modules"
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
def run_in_uml(tmp_path: Path) -> Callable[..., Result]:
    """Boot a kernel that runs a shell command and ends, within seconds that may follow; /mnt in it is the test's."""
    if missing():
        pytest.skip(f"not installed: {', '.join(missing())}")
    if os.geteuid() != 0:
        pytest.skip("the guest reads the host's files as root")
    return lambda command, timeout_s=300: _boot(tmp_path, command, timeout_s)


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


class Forked:
    """A function that runs in a network namespace, and its result."""

    def __init__(self, namespace: str, call: Callable[[], object]) -> None:
        self._receiver, sender = multiprocessing.Pipe(duplex=False)
        self._process = multiprocessing.get_context("fork").Process(target=self._run, args=(namespace, call, sender))
        self._process.start()
        sender.close()

    @staticmethod
    def _run(namespace: str, call: Callable[[], object], sender: Any) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with open(namespace) as file:
            if libc.setns(file.fileno(), _CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "setns")
        sender.send(call())

    def result(self, timeout_s: float = 60) -> Any:
        """Return the result, waiting for it."""
        try:
            assert self._receiver.poll(timeout_s), "no result in time"
            return self._receiver.recv()
        except EOFError:
            pytest.fail("it ended without a result; its messages are above")
        finally:
            self.close()

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.join()


class Network:
    """Network namespaces of one test, joined by bridges; all gone at its end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._prefix = f"sf{os.getpid() % 100000}"
        self._made: list[str] = []
        self._links = 0

    def add(self, *names: str) -> None:
        """Make hosts with lo up and without IPv6, whose link-local addresses come when they like."""
        for name in names:
            _ip(f"netns add {self.real(name)}")
            self._made.append(name)
            off = "for f in all default; do echo 1 > /proc/sys/net/ipv6/conf/$f/disable_ipv6; done"
            self.run(name, "sh", "-c", f"ip link set lo up; [ ! -d /proc/sys/net/ipv6 ] || {{ {off}; }}")

    def real(self, name: str) -> str:
        """Return a namespace's name on this machine."""
        return f"{self._prefix}{name}"

    def switch(self, name: str) -> None:
        """Make a switch: a namespace with a bridge."""
        self.add(name)
        _ip(f"-n {self.real(name)} link add br0 type bridge", f"-n {self.real(name)} link set br0 up")

    def plug(self, host: str, link: str, switch: str, address: str) -> None:
        """Join a host to a switch by an interface with this address."""
        self._links += 1
        here, there, port = self.real(host), self.real(switch), f"p{self._links}"
        _ip(
            f"-n {here} link add {link} type veth peer name {port} netns {there}",
            f"-n {there} link set {port} master br0 up",
            f"-n {here} addr add {address} dev {link}",
            f"-n {here} link set {link} up",
        )

    def run(self, host: str, *words: str) -> str:
        """Return what a command prints in a host; it must succeed."""
        done = self.start(host, *words)
        out, err = done.communicate(timeout=60)
        assert done.returncode == 0, (words, done.returncode, out, err)
        return out

    def start(self, host: str, *words: str) -> subprocess.Popen[str]:
        """Start a command in a host."""
        return subprocess.Popen(
            ["ip", "netns", "exec", self.real(host), *words],
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PATH": SEARCH},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def standfast(self, host: str, *words: str) -> subprocess.Popen[str]:
        """Start our command in a host; its ledgers are in a folder of its own."""
        state = ["--state", self.state(host)] if "doctor" not in words else []
        return self.start(host, sys.executable, "-m", "standfast.cli.main", *words, *state)

    def ours(self, host: str, *words: str) -> tuple[int, str]:
        """Return status and output of our command in a host."""
        done = self.standfast(host, *words)
        out, err = done.communicate(timeout=60)
        return done.returncode, out + err

    def everything(self, host: str) -> dict[str, Any]:
        """Return all that a set-up may touch, as the kernel tells it.

        But not the words of an interface's queue, which a tunnel device keeps that was up once.
        """
        sysctls = "cd /proc/sys/net/ipv4; grep -rs . conf ip_forward vs || true"
        commands = ("ip -j -d addr", "ip -j route show table all", sysctls)
        addresses, routes, texts = self.run(host, "sh", "-c", "; echo =====; ".join(commands)).split("=====\n")
        links = [{k: v for k, v in link.items() if k not in ("qdisc", "operstate")} for link in json.loads(addresses)]
        return {"links": links, "routes": json.loads(routes), "sysctls": texts.splitlines()}

    def state(self, host: str) -> str:
        """Return the folder of a host's ledgers."""
        return str(self._folder / host)

    def inside(self, host: str, call: Callable[[], object], timeout_s: float = 60) -> Any:
        """Return what a function returns in a host; it runs in a process forked from this one, which is quick."""
        return self.fork(host, call).result(timeout_s)

    def fork(self, host: str, call: Callable[[], object]) -> Forked:
        """Start a function in a host, in a process forked from this one."""
        return Forked(f"/run/netns/{self.real(host)}", call)

    def close(self) -> None:
        """Remove all."""
        for name in self._made:
            subprocess.run(["ip", "netns", "del", self.real(name)], check=False, capture_output=True)


def _ip(*commands: str) -> None:
    text = " && ".join(f"ip {command}" for command in commands)
    subprocess.run(["sh", "-c", text], check=True, capture_output=True, text=True)


def _network(folder: Path) -> Iterator[Network]:
    if os.geteuid() != 0 or shutil.which("ip", path=SEARCH) is None:
        pytest.skip("namespaces need root and iproute2")
    made = Network(folder)
    try:
        try:
            made.add("try")
        except (subprocess.CalledProcessError, AssertionError) as refused:
            pytest.skip(f"no network namespaces here: {refused}")
        yield made
    finally:
        made.close()


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    """Hosts of a test's own on this machine."""
    yield from _network(tmp_path)


@pytest.fixture(scope="module")
def lasting_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Hosts that the tests of a module share."""
    yield from _network(tmp_path_factory.mktemp("network"))
