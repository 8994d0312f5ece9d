"""Votes, waiting and the quorum device on real Corosyncs."""

import re
import shutil

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow]


def test_expected_votes_and_waiting_for_all(machines) -> None:
    """An operator could not bring back what is left of a cluster after a disaster."""
    world = machines(3)
    world.init()
    for node in ("n2", "n3"):
        world.join(node)
    world.together("n1", "n2", "n3")
    world.run("n1", "corosync", "set", "quorum.wait_for_all=1")
    for node in ("n1", "n2", "n3"):
        world.run(node, "cluster", "stop")
    world.run("n1", "cluster", "start")
    world.run("n2", "cluster", "start")
    world.together("n1", "n2")
    world.until("waits", lambda: world.quorum("n1").get("waiting_for_all", False))
    assert "waits for all nodes" in world.run("n1", "quorum", "status", status=106)
    assert "n3 must be off" in world.run("n1", "quorum", "unblock", status=113)
    world.run("n1", "quorum", "unblock", "--yes")
    world.until("quorum", lambda: world.quorum("n2").get("quorate", False))
    world.run("n2", "cluster", "stop")
    world.together("n1")
    world.until("no quorum", lambda: not world.quorum("n1").get("quorate", True))
    world.run("n1", "quorum", "expected", "1")
    assert world.quorum("n1")["quorate"]
    world.run("n2", "cluster", "start")
    world.together("n1", "n2")
    assert "and they do not go" in world.run("n1", "quorum", "expected", "1", status=113)


def test_last_man_standing_and_tie_breaker(machines) -> None:
    """The rules would stand in the file and not be in force."""
    world = machines(4)
    options = ("quorum.wait_for_all=1", "quorum.last_man_standing=1", "quorum.last_man_standing_window=1000",
               "quorum.auto_tie_breaker=1")  # fmt: skip
    world.init("n1", *(word for option in options for word in ("--set", option)))
    for node in ("n2", "n3", "n4"):
        world.join(node)
    world.together("n1", "n2", "n3", "n4")
    assert {"last_man_standing", "auto_tie_breaker", "wait_for_all"} <= set(world.quorum("n1")["flags"])
    world.lab.cut("n1 n2|n3 n4")
    world.until("the half with the lowest id", lambda: world.members("n1") == {"n1", "n2"})
    world.until("the other half", lambda: world.members("n3") == {"n3", "n4"})
    assert world.quorum("n1")["quorate"]
    assert not world.quorum("n3")["quorate"]
    world.until("fewer are expected", lambda: world.quorum("n1")["expected_votes"] == 2)


@pytest.mark.skipif(not shutil.which("corosync-qnetd"), reason="needs corosync-qnetd")
@pytest.mark.skipif(not shutil.which("corosync-qdevice"), reason="needs corosync-qdevice")
def test_a_quorum_device_decides_between_two(machines) -> None:
    """Two nodes that do not see each other would both stop, or both go on."""
    world = machines(3)
    world.init()
    world.join("n2")
    world.together("n1", "n2")
    for node in ("n1", "n2", "n3"):
        world.sh(node, "mkdir -p /run/corosync-qnetd /run/corosync-qdevice")
    world.sh("n3", "setsid corosync-qnetd -f -s off >/var/log/qnetd.log 2>&1 </dev/null &")
    before = world.files("n1")
    assert "certutil" in world.run("n1", "quorum", "device", "add", world.addresses["n3"], status=113)
    assert world.files("n1") == before
    world.run("n1", "quorum", "device", "add", world.addresses["n3"], "--tls", "off")

    def votes(node: str) -> bool:
        return "device_cast_vote" in world.quorum(node).get("flags", ())

    for node in ("n1", "n2"):
        world.until(f"the device votes on {node}", lambda n=node: votes(n))
    assert (world.quorum("n1")["total_votes"], world.quorum("n1")["expected_votes"]) == (3, 3)
    assert "alive" in world.run("n1", "quorum", "device")
    world.lab.cut("n1 n3|n2")
    world.until("n1 has quorum alone", lambda: world.members("n1") == {"n1"} and world.quorum("n1")["quorate"])
    world.until("n2 has none", lambda: world.members("n2") == {"n2"} and not world.quorum("n2")["quorate"])
    world.lab.heal()
    world.together("n1", "n2")
    world.until("all again", lambda: votes("n1") and votes("n2"))
    world.run("n2", "quorum", "device", "remove")
    world.until("two votes", lambda: world.quorum("n1").get("expected_votes") == 2)
    assert "two_node" in world.quorum("n1")["flags"]


def _carry(world, file: str, source: str, *targets: str) -> None:
    """Copy a file from a machine to others, to the same place."""
    text = world.sh(source, f"base64 -w0 {file}").strip()
    for target in targets:
        world.sh(target, f"mkdir -p {file.rpartition('/')[0]} && echo {text} | base64 -d > {file}")


@pytest.mark.skipif(not shutil.which("corosync-qnetd-certutil"), reason="needs corosync-qnetd")
@pytest.mark.skipif(not shutil.which("corosync-qdevice-net-certutil"), reason="needs corosync-qdevice")
def test_the_device_is_spoken_to_over_tls(machines) -> None:
    """Who listens between a node and the device could cast its vote."""
    world = machines(3)
    world.init()
    world.join("n2")
    world.together("n1", "n2")
    for node in ("n1", "n2", "n3"):
        world.sh(node, "mkdir -p /run/corosync-qnetd /run/corosync-qdevice /etc/corosync/qnetd /etc/corosync/qdevice")
    device, member = "corosync-qnetd-certutil -G", "corosync-qdevice-net-certutil"
    files, own = "/etc/corosync/qnetd/nssdb", "/etc/corosync/qdevice/net/nssdb"
    world.sh("n3", f"{device} -i")
    _carry(world, f"{files}/qnetd-cacert.crt", "n3", "n1", "n2")
    for node in ("n1", "n2"):
        world.sh(node, f"{member} -i -c {files}/qnetd-cacert.crt")
    world.sh("n1", f"{member} -r -n web")
    _carry(world, f"{own}/qdevice-net-node.crq", "n1", "n3")
    world.sh("n3", f"{device} -s -c {own}/qdevice-net-node.crq -n web")
    _carry(world, f"{files}/cluster-web.crt", "n3", "n1")
    world.sh("n1", f"{member} -M -c {files}/cluster-web.crt")
    _carry(world, f"{own}/qdevice-net-node.p12", "n1", "n2")
    world.sh("n2", f"{member} -m -c {own}/qdevice-net-node.p12")
    world.sh("n3", "setsid corosync-qnetd -f -s req -c on >/var/log/qnetd.log 2>&1 </dev/null &")
    world.run("n1", "quorum", "device", "add", world.addresses["n3"], "--tls", "required")
    for node in ("n1", "n2"):
        world.until(f"{node} has its vote", lambda n=node: "device_cast_vote" in world.quorum(n).get("flags", ()))
    said = world.sh("n1", "corosync-qdevice-tool -sv")
    assert re.search(r"TLS active:\s+Yes \(client certificate sent\)", said), said
