"""From a command to a running supervisor: namespaces, the guard that cleans up, and the lease that ends the lab."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from standfast.errors import Exit, LiveError, RequestError, StandfastError
from standfast.lab import topology
from standfast.lab.live import control, folders, kernel, programs, share
from standfast.lab.live.settings import Settings
from standfast.lab.live.supervisor import Supervisor

_KEEP = b"k"
_SETTINGS = "settings.json"


class Lease:
    """A lab that lives as long as this process, unless it is told to stay."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def keep(self) -> None:
        """Let the lab go on when this process ends."""
        os.write(self._fd, _KEEP)

    def close(self) -> None:
        """Give the lease back: the lab ends if nobody said `keep`."""
        os.close(self._fd)

    def end(self, folder: Path) -> None:
        """Give the lease back, and wait until nothing of the lab in this folder is left. Raises: LiveError."""
        self.close()
        control.wait_until_gone(folder)


def up(settings: Settings) -> Lease:
    """Start a lab and return its lease when all its nodes run. Raises: RequestError, LiveError."""
    folder = Path(settings.folder)
    _claim(folder)
    try:
        share.furnish(folder, settings.tools, settings.shared_files)
    except LiveError:
        remove_folder(folder)
        raise
    lease, held = os.pipe2(os.O_CLOEXEC)
    said, ready = os.pipe2(os.O_CLOEXEC)
    (folder / _SETTINGS).write_text(settings.to_json())
    command = [sys.executable, "-m", "standfast.lab.live.launch", str(folder), str(lease), str(ready)]
    with open(folder / folders.LOG, "ab") as log:
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=(lease, ready),
            start_new_session=True,
            env=programs.environment(),
        )
    os.close(lease)
    os.close(ready)
    with open(said, "rb") as answer:
        _expect_ready(answer.read(), folder)
    return Lease(held)


def _claim(folder: Path) -> None:
    """Make the state folder. Raises: RequestError if a lab lives there; LiveError."""
    if control.answers(folder):
        raise RequestError(
            f"lab {folder.name!r} is up already; end it: standfast lab down --name {folder.name}", Exit.EXISTS
        )
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise LiveError(f"{folder} cannot be made: {error.strerror}") from error


def _expect_ready(answer: bytes, folder: Path) -> None:
    if answer == b"ok":
        return
    reason = answer.decode(errors="replace")
    if not reason:
        with contextlib.suppress(OSError):
            reason = (folder / folders.LOG).read_text(errors="replace")[-2000:]
    remove_folder(folder)
    raise LiveError(reason.strip() or "the lab's supervisor did not start")


def remove_folder(folder: Path) -> None:
    """Remove a lab's state folder, and the folder of all labs if it was the last."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()


# --- in the supervisor's process

_NAMESPACES = kernel.NEWNS | kernel.NEWNET | kernel.NEWPID | kernel.NEWIPC | kernel.NEWUTS


def enter_namespaces(settings: Settings) -> None:
    """Make this process's next child PID 1 of the lab's namespaces. Raises: LiveError that says what is needed."""
    uid, gid = os.geteuid(), os.getegid()
    try:
        kernel.unshare(_NAMESPACES if settings.rootful else _NAMESPACES | kernel.NEWUSER)
        if not settings.rootful:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
            Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
        kernel.private_mounts()
    except OSError as error:
        raise LiveError(what_is_needed(error)) from error


_SWITCHES = {
    "kernel/unprivileged_userns_clone": ("0", "1"),
    "user/max_user_namespaces": ("0", "10000"),
    "kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
}


def what_is_needed(error: OSError) -> str:
    """Return one line that says what an operator has to do so that namespaces can be made."""
    hint = "run it as root"
    if os.geteuid() == 0:
        hint = "this container withholds CAP_SYS_ADMIN: start it with --privileged"
    for name, (wrong, right) in _SWITCHES.items() if os.geteuid() else ():
        path = Path("/proc/sys", name)
        if path.exists() and path.read_text().strip() == wrong:
            hint = f"type: sudo sysctl -w {name.replace('/', '.')}={right} (or run it as root)"
    return f"no namespaces for this user ({error}): {hint}"


def _guard(settings: Settings, lease: int, ready: int) -> None:
    """Fork the supervisor, outlive it, and remove what it leaves on disk."""
    try:
        enter_namespaces(settings)
    except LiveError as error:
        os.write(ready, str(error).encode())
        return
    pid = os.fork()
    if pid == 0:
        kernel.die_with_parent(signal.SIGKILL)
        os._exit(_supervise(settings, lease, ready))
    os.close(lease)
    os.close(ready)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda number, _: os.kill(pid, signal.SIGTERM))
    os.waitpid(pid, 0)
    remove_folder(Path(settings.folder))


def _supervise(settings: Settings, lease: int, ready: int) -> int:
    try:
        _furnish_namespaces(settings)
    except OSError as error:
        os.write(ready, what_is_needed(error).encode())
        return Exit.UNAVAILABLE
    os.set_inheritable(lease, False)
    os.set_inheritable(ready, False)
    return asyncio.run(_run(settings, lease, ready))


def _furnish_namespaces(settings: Settings) -> None:
    kernel.mount("proc", "/proc", "proc")
    kernel.set_hostname(topology.CLIENT)
    kernel.set_process_name("lab-supervisor")
    hosts = Path(settings.folder, folders.SHARE, "hosts")
    hosts.write_text(topology.hosts_file(topology.nodes(settings.nodes)))
    with contextlib.suppress(OSError):
        kernel.mount("sysfs", "/sys", "sysfs")
    with contextlib.suppress(OSError):
        kernel.bind(str(hosts), "/etc/hosts")


async def _run(settings: Settings, lease: int, ready: int) -> int:
    lab = Supervisor(settings)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, lab.ended.set)

    def lease_changed() -> None:
        loop.remove_reader(lease)
        if os.read(lease, 1) != _KEEP:
            lab.ended.set()

    loop.add_reader(lease, lease_changed)
    try:
        await lab.start()
    except (StandfastError, OSError) as error:
        os.write(ready, str(error).encode())
        return Exit.ERROR
    os.write(ready, b"ok")
    os.close(ready)
    await lab.ended.wait()
    return Exit.OK


def main() -> None:
    """Be the guard of a lab: its folder and two descriptors come as arguments from `up`."""
    folder, lease, ready = sys.argv[1:]
    _guard(Settings(**json.loads(Path(folder, _SETTINGS).read_text())), int(lease), int(ready))


if __name__ == "__main__":
    main()
