"""A lab of real namespaces: what it does to nodes and links, and that nothing of it stays behind."""

import dataclasses
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from standfast.errors import RequestError
from standfast.lab.live import control, launch, programs, setup
from standfast.messaging.live import admin

pytestmark = pytest.mark.live

Start = Callable[..., control.Lab]

LIMIT_S = 20.0


def expect_soon(test: Callable[[], object], what: str) -> None:
    limit = time.monotonic() + LIMIT_S
    while not test():
        assert time.monotonic() < limit, what
        time.sleep(0.01)


def state(lab: control.Lab, node: str) -> str:
    return next(str(entry["state"]) for entry in lab.status()["nodes"] if entry["name"] == node)


def processes_with(word: str) -> list[int]:
    """Return the pids of this machine's processes that have this word among their arguments."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if word.encode() in words:
                found.append(int(entry.name))
    return found


def links() -> set[str]:
    return set(os.listdir("/sys/class/net"))


def mounts() -> set[str]:
    return {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()}


def reaches(lab: control.Lab, source: str, target: str) -> bool:
    return lab.output(source, "ping", "-c1", "-W1", "-q", target)[0] == 0


def switch(lab: control.Lab, node: str, line: str) -> str:
    """Return the power switch's answer to a line sent from within a node."""
    with lab.open(node, "/run/lab/fence") as connection:
        connection.sendall(line.encode() + b"\n")
        return connection.makefile().readline().strip()


def supervisor_pid(lab: control.Lab) -> int:
    with control._connect(lab.folder) as connection:
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return int(struct.unpack("3i", raw)[0])


def test_nothing_is_left_behind(start: Start, lab_root: Path) -> None:
    """A lab would litter the operator's machine with mounts, links, processes or files."""
    before = links(), mounts(), Path("/var/lib/standfast").exists()
    lab = start(daemon=["sleep", "7654321"])
    expect_soon(lambda: len(processes_with("7654321")) == 3, "the daemons run")
    assert (links(), mounts(), Path("/var/lib/standfast").exists()) == before
    lab.down()
    assert processes_with("7654321") == []
    assert (links(), mounts(), Path("/var/lib/standfast").exists()) == before
    expect_soon(lambda: not lab_root.exists(), "the empty folder of all labs is removed")


def test_it_ends_with_its_supervisor(start: Start) -> None:
    """A supervisor that is killed would leave nodes behind that nobody can reach."""
    lab = start(daemon=["sleep", "7654322"])
    expect_soon(lambda: len(processes_with("7654322")) == 3, "the daemons run")
    os.kill(supervisor_pid(lab), signal.SIGKILL)
    expect_soon(lambda: not processes_with("7654322"), "the nodes end with their supervisor")
    expect_soon(lambda: not lab.folder.exists(), "the guard removes the folder")


def test_it_ends_with_the_command_that_holds_the_lease(lab_root: Path) -> None:
    """A demo that is killed with SIGKILL would leave its lab running."""
    code = (
        "import time\nfrom pathlib import Path\nfrom standfast.lab.live import launch, setup\n"
        f"root = Path({str(lab_root)!r})\n"
        "lease = launch.up(setup.settings('t', 2, daemon=['sleep', '7654323'], root=root))\n"
        "print('up', flush=True)\ntime.sleep(600)"
    )
    environment = programs.environment()
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment) as holder:
        assert holder.stdout
        if holder.stdout.readline() != b"up\n":
            pytest.skip("no namespaces here")
        expect_soon(lambda: len(processes_with("7654323")) == 2, "the daemons run")
        holder.kill()
    expect_soon(lambda: not processes_with("7654323"), "the nodes end with the command")
    expect_soon(lambda: not lab_root.exists(), "the folder is removed")


def test_kill_takes_the_whole_node(start: Start) -> None:
    """A process would outlive its node: what the cluster recovers elsewhere would then run twice."""
    lab = start()
    code, _ = lab.output("n1", "sh", "-c", "setsid setsid sleep 7654324 </dev/null >/dev/null 2>&1 &")
    assert code == 0
    expect_soon(lambda: processes_with("7654324"), "it runs")
    lab.kill("n1")
    expect_soon(lambda: state(lab, "n1") == "off", "the node is off")
    assert processes_with("7654324") == []
    assert not reaches(lab, "client", "n1")
    lab.boot("n1")
    assert state(lab, "n1") == "on"
    expect_soon(lambda: reaches(lab, "client", "n1"), "the node is back")
    lab.kill("n1")
    lab.boot("n1")
    assert (state(lab, "n1"), lab.status()["nodes"][0]["lives"]) == ("on", 3)


def test_a_command_for_a_node_that_is_about_to_be_off(start: Start) -> None:
    """A command that meets a node's death would keep the lab from ever booting a node again."""
    lab = start(nodes=2)
    for _ in range(10):
        lab.kill("n1")
        for _ in range(20):
            try:
                lab.output("n1", "true")
            except RequestError:
                break
        lab.boot("n1")
    assert state(lab, "n1") == "on"


def test_cut_and_heal(start: Start) -> None:
    """A split brain could not be shown: the nodes would still hear each other, or never again."""
    lab = start()
    expect_soon(lambda: reaches(lab, "n1", "n3"), "they hear each other")
    lab.cut("n1 n2|n3")
    assert not reaches(lab, "n1", "n3")
    expect_soon(lambda: reaches(lab, "n1", "n2"), "they hear each other")
    expect_soon(lambda: reaches(lab, "client", "n1"), "they hear each other")
    assert not reaches(lab, "client", "n3")
    lab.cut("n1|n2 n3")
    expect_soon(lambda: reaches(lab, "n2", "n3"), "the nodes of one component hear each other")
    assert not reaches(lab, "n1", "n3")
    lab.heal()
    expect_soon(lambda: reaches(lab, "n1", "n3"), "healed")


def test_a_node_that_boots_while_cut_stays_cut(start: Start) -> None:
    """Fencing a node that was cut off would heal the cut."""
    lab = start()
    lab.cut("n3")
    lab.off("n3")
    lab.boot("n3")
    assert not reaches(lab, "n1", "n3")
    lab.heal()
    expect_soon(lambda: reaches(lab, "n1", "n3"), "healed")


def test_the_power_switch(start: Start) -> None:
    """A fence agent would be told that a node is off while a process of it runs."""
    lab = start(daemon=["sleep", "7654325"])
    expect_soon(lambda: len(processes_with("7654325")) == 3, "the daemons run")
    assert switch(lab, "n1", "list") == "ok n1 n2 n3"
    assert switch(lab, "n1", "status n2") == "ok on"
    assert switch(lab, "n1", "off n2") == "ok"
    assert len(processes_with("7654325")) == 2
    assert switch(lab, "n1", "status n2") == "ok off"
    assert switch(lab, "n1", "on n2") == "ok"
    assert switch(lab, "n1", "status n2") == "ok on"
    assert switch(lab, "n1", "reboot n3") == "ok"
    expect_soon(lambda: lab.status()["nodes"][2]["lives"] == 2, "the node is booted again")
    assert switch(lab, "n1", "off n4").startswith("no ")
    asked = [(done["action"], done["target"]) for done in lab.status()["fencings"]]
    assert asked == [("off", "n2"), ("on", "n2"), ("reboot", "n3")]


def test_a_node_is_private(start: Start) -> None:
    """Nodes would overwrite each other's state, or the machine's."""
    lab = start(nodes=2)
    for path in ("/var/lib/standfast/x", "/etc/standfast/x", "/run/x", "/tmp/x", "/dev/shm/x", "/var/lib/x-of-n1"):
        lab.output("n1", "touch", path)
        assert lab.output("n1", "test", "-e", path)[0] == 0, path
        assert lab.output("n2", "test", "-e", path)[0] == 1, path
        assert not Path(path).exists(), path
    assert lab.output("n1", "hostname")[1] == "n1\n"


def test_the_disk_outlives_the_node(start: Start) -> None:
    """A node that was fenced would come back without its configuration."""
    lab = start(nodes=1)
    lab.output("n1", "sh", "-c", "echo kept > /var/lib/standfast/x; echo gone > /run/x")
    lab.off("n1")
    lab.boot("n1")
    assert lab.output("n1", "cat", "/var/lib/standfast/x") == (0, "kept\n")
    assert lab.output("n1", "test", "-e", "/run/x")[0] == 1


def test_the_daemon_is_started_again_only_on_request(start: Start) -> None:
    """A daemon's death could not be watched, or its return not be staged."""
    lab = start(nodes=1, daemon=["sleep", "7654326"])
    expect_soon(lambda: processes_with("7654326"), "it runs")
    (pid,) = processes_with("7654326")
    os.kill(pid, signal.SIGKILL)
    expect_soon(lambda: not processes_with("7654326"), "it ended")

    def asked_again() -> bool:
        lab.start_daemon("n1")
        return bool(processes_with("7654326"))

    expect_soon(asked_again, "it runs again")
    assert len(processes_with("7654326")) == 1


def test_a_node_that_resets_itself_comes_back(start: Start) -> None:
    """A node that must not go on would stay off, or go on."""
    lab = start(nodes=2)
    lab.output("n1", "kill", "-TERM", "1")
    expect_soon(lambda: lab.status()["nodes"][0]["lives"] == 2, "it is booted again")
    expect_soon(lambda: reaches(lab, "n2", "n1"), "it is back")


def test_nodes_are_present_again_after_the_sequencer_was_away(start: Start) -> None:
    """After a restart of the sequencer every node would count as down, and be fenced."""
    lab = start(nodes=2)
    path = str(lab.folder / "share" / "sequencer")

    def present() -> list[object]:
        return sorted(node for view in admin.status(path) for node in view["nodes"])  # type: ignore[attr-defined]

    expect_soon(lambda: present() == [1, 2], "both are present")
    lab.kill("sequencer")
    expect_soon(lambda: not lab.status()["sequencer"], "it is away")
    lab.boot("sequencer")
    expect_soon(lambda: present() == [1, 2], "both are present again")
    lab.off("n2")
    expect_soon(lambda: present() == [1], "one is off")


def test_programs_below_private_folders_stay_visible(tmp_path: Path, start: Start) -> None:
    """A clone below /tmp could not be tried: its programs would be hidden in the nodes."""
    assert start(nodes=1, name="first").status()
    program = tmp_path / "bin" / "say"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho here >/run/said\n")
    program.chmod(0o755)
    settings = setup.settings("visible", 1, daemon=[str(program)], root=tmp_path / "labs")
    lease = launch.up(dataclasses.replace(settings, visible=[*settings.visible, str(program.parent)]))
    try:
        lab = control.Lab(Path(settings.folder))
        expect_soon(lambda: lab.output("n1", "cat", "/run/said") == (0, "here\n"), "the program ran")
    finally:
        lease.close()


def test_labs_stand_side_by_side(start: Start) -> None:
    """Two people, or two tests, could not have a lab at the same time."""
    one, other = start(nodes=1, name="a"), start(nodes=2, name="b")
    assert len(one.status()["nodes"]) == 1
    assert len(other.status()["nodes"]) == 2
    with pytest.raises(RequestError, match="up already"):
        start(nodes=1, name="a")
    one.down()
    assert state(other, "n2") == "on"


def test_what_cannot_be_done_is_refused(start: Start) -> None:
    """A slip would be silent, or end the supervisor."""
    lab = start(nodes=1)
    with pytest.raises(RequestError, match="no node 'n2'"):
        lab.kill("n2")
    with pytest.raises(RequestError, match="no node"):
        lab.cut("n7|n1")
    lab.off("n1")
    with pytest.raises(RequestError, match="n1 is off"):
        lab.output("n1", "true")
    assert state(lab, "n1") == "off"


def by_hand(lab_root: Path, *words: str) -> tuple[int, str]:
    """Run `standfast lab` and return its exit status and what it printed."""
    code = "import sys; from standfast.lab.main import main; sys.exit(main(sys.argv[1:]))"
    environment = programs.environment() | {"STANDFAST_LAB_DIR": str(lab_root)}
    command = [sys.executable, "-c", code, words[0], "--name", "hand", *words[1:]]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout


def test_by_hand(lab_root: Path, start: Start) -> None:
    """The commands of `standfast lab` would not do what they say."""
    start(nodes=1, name="first").down()
    assert by_hand(lab_root, "up", "--nodes", "2", "--no-daemon")[0] == 0
    try:
        assert by_hand(lab_root, "exec", "n2", "sh", "-c", "hostname; exit 7") == (7, "n2\n")
        assert by_hand(lab_root, "kill", "n7")[0] == 105
        assert by_hand(lab_root, "kill", "n2")[0] == 0
        expect_soon(lambda: "off" in by_hand(lab_root, "status")[1], "the node is off")
        assert by_hand(lab_root, "up")[0] == 108
    finally:
        assert by_hand(lab_root, "down")[0] == 0
    assert by_hand(lab_root, "status")[0] == 105


@pytest.mark.slow
def test_nodes_that_die_and_boot_together(start: Start) -> None:
    """A node's boot during another's end would stop the supervisor for ever: each waited for the other's pipe."""
    lab = start()
    for _ in range(6):
        for name in ("n1", "n2", "n3"):
            lab.kill(name)
        for name in ("n1", "n2", "n3"):
            lab.boot(name)
    assert [state(lab, name) for name in ("n1", "n2", "n3")] == ["on", "on", "on"]
