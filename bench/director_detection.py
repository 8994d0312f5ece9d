"""How soon a dead real server is out of the kernel's table: our director beside keepalived, in one boot.

  director_detection.py [--runs N] [--command 'standfast keepalived …']

Boots user-mode-linux with IPVS of its own. Real servers are processes that note each check they accept; one sample is a
SIGKILL of one of them. `over` is from its last good check to its removal, less what is configured to lie between
(delay loop and the delay before one retry); milliseconds. The guest's clock ticks in 10 ms, for both alike.
Both take turns. Needs root, user-mode-linux, kmod, iproute2, keepalived, and a C compiler on newer processors.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import shlex
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rig.uml import environment

ROOT = Path(__file__).resolve().parents[1]
MODULES = Path("/usr/lib/uml/modules")
SERVERS = 3
LOOP_S, RETRY_DELAY_S = 1.0, 1.0
PATIENCE_S = 30.0
NUMBERS = range(1, SERVERS + 1)
OURS = f"{shlex.quote(sys.executable)} -m standfast.cli.main keepalived"
WORDS = "-n -l -D -C -f {folder}/conf -p {folder}/p.pid -c {folder}/c.pid"
INIT = """#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/run TMPDIR=/run LANG=C.UTF-8
mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /run
mount -t hostfs none /mnt -o {folder}
mkdir -p /run/modules/lib; ln -s {modules} /run/modules/lib/modules
printf '#!/bin/sh\\nexec /sbin/modprobe -d /run/modules "$@"\\n' > /run/modprobe; chmod 755 /run/modprobe
echo /run/modprobe > /proc/sys/kernel/modprobe
ip link set lo up; /run/modprobe -a ip_vs ip_vs_rr
export PYTHONPATH={root}/src
{python} {program} --guest --runs {runs} --command {command} > /mnt/output 2>&1
{python} -c "import ctypes; ctypes.CDLL(None).reboot(0x4321fedc)"
"""
LISTENER = """
import socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind((sys.argv[1], 80))
s.listen(64)
notes = open(sys.argv[2], "w", buffering=1)
while True:
    s.accept()[0].close()
    notes.write(f"{time.monotonic()}\\n")
"""


def configuration() -> str:
    """Return a service of the real servers."""
    head = f"virtual_server 10.9.0.100 80 {{\ndelay_loop {LOOP_S:g}\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\n"
    check = f"TCP_CHECK {{\nconnect_timeout 3\nretry 1\ndelay_before_retry {RETRY_DELAY_S:g}\n}}\n"
    return head + "".join(f"real_server 127.0.1.{n} 80 {{\nweight 1\n{check}}}\n" for n in NUMBERS) + "}\n"


def standing() -> set[int]:
    """Return the numbers of the real servers in the table."""
    lines = Path("/proc/net/ip_vs").read_text().splitlines()
    return {int(line.split()[1][6:8], 16) for line in lines if line.startswith("  -> 7F0001")}


def until_standing(wanted: set[int]) -> None:
    """Return when these and no others are in the table."""
    end = time.monotonic() + PATIENCE_S
    while standing() != wanted:
        if time.monotonic() > end:
            raise SystemExit(f"in the table: {standing()}, wanted: {wanted}")
        time.sleep(0.002)


class Listeners:
    """The real servers."""

    def __init__(self) -> None:
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        """Let all live."""
        for number in NUMBERS:
            if number not in self._running:
                words = [sys.executable, "-S", "-c", LISTENER, f"127.0.1.{number}", self._notes(number)]
                self._running[number] = subprocess.Popen(words)

    def kill(self, number: int) -> None:
        """Let one die."""
        process = self._running.pop(number)
        process.kill()
        process.wait()

    def accepted(self, number: int) -> list[float]:
        """Return when one accepted a check in this life."""
        return [float(word) for word in Path(self._notes(number)).read_text().split()]

    def _notes(self, number: int) -> str:
        return f"/run/accepted{number}"

    def close(self) -> None:
        """Let all die."""
        for number in list(self._running):
            self.kill(number)


def one_round(listeners: Listeners) -> list[float]:
    """Return what lies above the schedule for one death of each real server."""
    listeners.start()
    until_standing(set(NUMBERS))
    while not all(listeners.accepted(number) for number in NUMBERS):
        time.sleep(0.1)
    begin = time.monotonic()
    deaths = {number: begin + random.uniform(0, 2 * LOOP_S) for number in NUMBERS}
    removed: dict[int, float] = {}
    while len(removed) < SERVERS and time.monotonic() < begin + PATIENCE_S:
        for number in [number for number, at in deaths.items() if at <= time.monotonic()]:
            listeners.kill(number)
            del deaths[number]
        there, now = standing(), time.monotonic()
        removed |= {number: now for number in NUMBERS if number not in there and number not in removed}
        time.sleep(0.002)
    schedule = LOOP_S + RETRY_DELAY_S
    return [(at - listeners.accepted(number)[-1] - schedule) * 1000 for number, at in removed.items()]


@contextlib.contextmanager
def running(command: str, folder: Path) -> Iterator[None]:
    """Let a daemon run."""
    folder.mkdir(exist_ok=True)
    (folder / "conf").write_text(configuration())
    words = shlex.split(f"{command} {WORDS.format(folder=folder)}")
    with (folder / "log").open("ab") as log:
        daemon = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield
    finally:
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(PATIENCE_S)


def guest(runs: int, command: str) -> dict[str, Any]:
    """Return the samples of both."""
    samples: dict[str, list[float]] = {"keepalived": [], "ours": []}
    commands = {"keepalived": "keepalived", "ours": command}
    while min(len(found) for found in samples.values()) < runs:
        for name, words in commands.items():
            listeners = Listeners()
            listeners.start()
            time.sleep(1)
            try:
                with running(words, Path("/run", name)):
                    samples[name] += [over for _ in range(2) for over in one_round(listeners)]
            finally:
                listeners.close()
    return {name: summary(found) for name, found in samples.items()}


def summary(found: list[float]) -> dict[str, Any]:
    """Return what is above the schedule, in milliseconds."""
    ordered = sorted(found)
    return {
        "runs": len(ordered), "median": round(statistics.median(ordered), 1), "min": round(ordered[0], 1),
        "max": round(ordered[-1], 1), "over_ms": [round(value) for value in ordered],
    }  # fmt: skip


def boot(runs: int, command: str) -> str:
    """Return what the guest prints."""
    with tempfile.TemporaryDirectory(prefix="detection-") as name:
        folder = Path(name)
        texts = {"folder": folder, "modules": MODULES, "root": ROOT, "python": sys.executable, "program": __file__}
        quoted = {key: shlex.quote(str(value)) for key, value in texts.items()}
        (folder / "init").write_text(INIT.format(runs=runs, command=shlex.quote(command), **quoted))
        (folder / "init").chmod(0o755)
        words = [
            "linux.uml", "mem=512M", "rootfstype=hostfs", "ro", f"init={folder}/init", "con=null", "con0=null,fd:1",
            "ssl=null", f"uml_dir={folder}/uml", "loglevel=4", "panic=1",
        ]  # fmt: skip
        console = subprocess.run(
            words, env=environment(folder), stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        output = folder / "output"
        return output.read_text() if output.exists() else console.stdout.decode(errors="replace")[-2000:]


def main() -> None:
    """Measure, and print one JSON line for each daemon."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--command", default=OURS)
    parser.add_argument("--guest", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.guest:
        print(boot(options.runs, options.command).rstrip())
        return
    for name, found in guest(options.runs, options.command).items():
        print(json.dumps({"daemon": name, **found}))


if __name__ == "__main__":
    main()
