"""A cluster's life on real Corosyncs: found, joined, refused, changed, left."""

import sys

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow]


def test_three_machines_become_a_cluster(machines) -> None:
    """Nobody could build a cluster."""
    world = machines(3)
    token = world.init()
    world.join("n2", token=token)
    world.together("n1", "n2")
    assert "two_node" in world.quorum("n1")["flags"]
    world.join("n3", "n2")
    world.together("n1", "n2", "n3")
    assert "two_node" not in world.quorum("n1")["flags"]
    assert {world.sh(n, "sha256sum < /etc/corosync/corosync.conf") for n in world.addresses} == {
        world.sh("n1", "sha256sum < /etc/corosync/corosync.conf")
    }
    assert world.run("n3", "cluster", "health") == "all is well on 3 nodes\n"


def test_what_is_refused_leaves_the_machine_as_it_was(machines) -> None:
    """A machine would be half a member, or a stranger be let in."""
    world = machines(2)
    token = world.init()
    before, members = world.files("n2"), world.files("n1")
    wrong = token[:5] + ("b" if token[5] != "b" else "c") + token[6:]
    other = token[:60] + ("b" if token[60] != "b" else "c") + token[61:]
    for words, status, said in (
        (("--token", "sf1-x"), 64, "standfast cluster invite"),
        (("--token", wrong), 77, "the token is wrong (ask for a new one: standfast cluster invite"),
        (("--token", other), 77, "another certificate than the token says"),
        (("--token", token, "--cluster", "shop"), 113, "this is the cluster web, not shop (say --cluster web"),
        (("--token", token, "--node", "n1"), 108, "standfast cluster remove n1"),
        (("--token", token, "--address", "10.9.0.1", "--address", "10.9.1.1"), 64, "the cluster has 1 link"),
    ):
        assert said in world.run("n2", "cluster", "join", world.addresses["n1"], *words, status=status)
        assert world.files("n2") == before
    old = "mount --bind /tmp/old /usr/sbin/corosync"
    world.sh("n2", "printf '#!/bin/sh\\necho \"version '\"'2.4.5'\"'\"' > /tmp/old; chmod 755 /tmp/old; " + old)
    assert "expected: 3.x" in world.join("n2", token=token, status=113)
    world.sh("n2", "umount /usr/sbin/corosync")
    assert (world.files("n2"), world.files("n1")) == (before, members)
    world.join("n2", token=token)
    world.together("n1", "n2")
    assert "belongs to the cluster web already" in world.join("n2", token=token, status=108)
    world.run("n2", "cluster", "leave")
    assert "the token is used" in world.join("n2", token=token, status=77)
    assert world.sh("n2", "ls /etc/corosync").split() == ["authkey.left", "corosync.conf.left"]


def test_a_joiner_that_cannot_write_is_taken_out_again(machines) -> None:
    """The cluster would count a vote that never comes."""
    world = machines(2)
    token = world.init()
    world.sh("n2", "mount -t tmpfs -o ro none /etc/corosync")
    said = world.join("n2", token=token, status=None)
    assert "Read-only" in said
    world.until("n2 out", lambda: "n2" not in world.sh("n1", "cat /etc/corosync/corosync.conf"))
    world.sh("n2", "umount /etc/corosync")
    world.join("n2", token=token)
    world.together("n1", "n2")


def test_a_member_that_is_away_keeps_others_from_joining(machines) -> None:
    """It would come back with a file that does not know them, and its Corosync would end."""
    world = machines(3)
    world.init()
    world.join("n2")
    world.together("n1", "n2")
    world.run("n2", "cluster", "stop")
    world.together("n1")
    said = world.join("n3", status=1)
    assert "n2 would keep the old corosync.conf" in said
    assert "standfast cluster remove" in said
    world.run("n1", "cluster", "remove", "n2")
    world.join("n3")
    world.together("n1", "n3")


def test_changes_reach_all_or_none(machines) -> None:
    """Nodes with different files would end each other, or run with different timeouts."""
    world = machines(3)
    world.init()
    for node in ("n2", "n3"):
        world.join(node)
    world.together("n1", "n2", "n3")
    said = world.run("n2", "corosync", "set", "totem.token=1500", "nodelist.node.n3.quorum_votes=2")
    assert "+    token: 1500" in said
    for node in world.addresses:
        world.until("token", lambda n=node: world.run(n, "corosync", "get", "runtime.config.totem.token") == "2150\n")
    assert world.quorum("n1")["total_votes"] == 4
    assert "token is 1" in world.run("n1", "corosync", "set", "totem.token=1", "totem.token_coefficient=0", status=78)
    # Corosync itself refuses this one: a link's address cannot change under it.
    before = world.files("n2")
    world.run("n1", "corosync", "set", "nodelist.node.n3.ring0_addr=10.9.9.9", status=113)
    world.until("the former file is back", lambda: world.files("n2") == before)
    # One node cannot write: none does.
    world.sh("n3", "mount -o bind,ro /etc/corosync /etc/corosync || mount --bind -o ro /etc/corosync /etc/corosync")
    assert "node 3:" in world.run("n1", "corosync", "set", "totem.token=1600", status=113)
    world.until("nothing is left of it", lambda: world.files("n2") == before)
    world.sh("n3", "umount /etc/corosync")
    # A file that somebody edited on one node is not overwritten unseen.
    world.sh("n2", "echo '# ours' >> /etc/corosync/corosync.conf")
    assert "+# ours" in world.run("n1", "cluster", "diff", status=1)
    assert "corosync.conf differs" in world.run("n1", "cluster", "health", status=1)
    assert "another one here" in world.run("n1", "corosync", "set", "totem.token=1600", status=113)
    world.run("n1", "cluster", "copy")
    assert world.run("n1", "cluster", "diff") == ""


def test_commands_and_files_for_every_node(machines) -> None:
    """An operator would need SSH to each node."""
    world = machines(2)
    world.init()
    world.join("n2")
    world.together("n1", "n2")
    assert world.run("n1", "cluster", "run", "hostname") == "n1: n1\nn2: n2\n"
    said = world.run("n1", "cluster", "run", "--node", "n2", "--", "sh", "-c", "echo out; exit 3", status=1)
    assert said == "n2: out\nn2: status 3\n"
    assert "killed" in world.run("n1", "cluster", "run", "--timeout", "1", "--", "sleep", "60", status=1)
    world.sh("n1", "mkdir -p /etc/motd.d; echo hello > /etc/motd.d/x; chmod 640 /etc/motd.d/x")
    world.run("n1", "cluster", "copy", "/etc/motd.d/x")
    assert world.sh("n2", "stat -c %a /etc/motd.d/x; cat /etc/motd.d/x") == "640\nhello\n"
    world.run("n2", "cluster", "rename", "shop")
    assert [world.json(n, "cluster", "status")["cluster"] for n in ("n1", "n2")] == ["shop", "shop"]
    assert all(link["connected"] for link in world.json("n1", "corosync", "links"))


def test_a_running_node_leaves_without_being_lost(machines) -> None:
    """The others would take a leave for a death, and count its vote for ever."""
    world = machines(3)
    world.init()
    for node in ("n2", "n3"):
        world.join(node)
    world.together("n1", "n2", "n3")
    world.run("n1", "cluster", "remove", "n3")
    world.together("n1", "n2")
    world.until("n3 ended", lambda: world.json("n3", "cluster", "status") == {})
    world.until("two votes", lambda: world.quorum("n1").get("expected_votes") == 2)
    assert "two_node" in world.quorum("n2")["flags"]
    world.run("n2", "cluster", "leave")
    world.together("n1")
    world.until("one vote", lambda: world.quorum("n1").get("quorate", False))
    world.run("n1", "cluster", "leave")
    assert "standfast cluster init, or join" in world.run("n1", "cluster", "status", status=66)


def test_a_node_with_a_daemon_leaves_and_is_not_fenced(machines) -> None:
    """Its resources would be killed with it, or the others fence who has said goodbye."""
    world = machines(3)
    world.init()
    for node in ("n2", "n3"):
        world.join(node)
    world.together("n1", "n2", "n3")
    daemon = f"{sys.executable} -m standfast.daemons.main --engine corosync"
    for node in world.addresses:
        world.sh(node, f"setsid {daemon} >/var/log/standfastd.log 2>&1 </dev/null &")

    def states(node: str) -> dict[str, str]:
        return {n["name"]: n["state"] for n in world.json(node, "status").get("nodes", ())}

    world.until("all online", lambda: list(states("n1").values()) == ["online"] * 3)
    world.run("n3", "cluster", "leave")
    world.together("n1", "n2")
    world.until("two are left", lambda: {n for n, s in states("n1").items() if s == "online"} == {"n1", "n2"})
    assert states("n1").get("n3", "offline") == "offline"
    world.run("n2", "cluster", "stop")
    world.until("n1 alone", lambda: {n for n, s in states("n1").items() if s == "online"} == {"n1"})
    assert world.quorum("n1")["quorate"]


def test_rubbish_at_the_door_harms_nobody(machines) -> None:
    """Anybody in the network could keep machines out, or end the agent."""
    world = machines(2)
    token = world.init()
    script = f"""
import os, socket, ssl
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
silent = socket.create_connection(('{world.addresses["n1"]}', 11111))
lines = b'', b'x', b'{{}}', b'{{"type":"Written"}}', b'null', os.urandom(2000), b'a' * (3 << 20)
for data in (line + b'\\n' for line in lines):
    with socket.create_connection(('{world.addresses["n1"]}', 11111)) as plain:
        plain.sendall(data[:1000])
    try:
        with socket.create_connection(('{world.addresses["n1"]}', 11111)) as plain:
            with context.wrap_socket(plain) as secured:
                secured.sendall(data)
                secured.recv(10)
    except OSError:
        pass
print('done')
"""
    (world.lab.folder / "share" / "rubbish.py").write_text(script)
    assert "done" in world.sh("n2", f"{sys.executable} /run/lab/rubbish.py")
    world.join("n2", token=token)
    world.together("n1", "n2")


def test_two_links_carry_a_cluster_when_one_is_cut(machines) -> None:
    """The second link would be configured and of no use."""
    world = machines(2)
    for node, address in (("n1", "10.77.0.1"), ("n2", "10.77.0.2")):
        world.sh(
            node,
            f"ip link add link eth0 name second type macvlan mode bridge 2>/dev/null || "
            f"ip link add second link eth0 type ipvlan; ip addr add {address}/24 dev second; ip link set second up",
        )
    token = world.init("n1", "--address", "10.77.0.1")
    both = ("--address", world.addresses["n2"], "--address", "10.77.0.2")
    assert "2 links, the joiner has 1" in world.join("n2", token=token, status=64)
    world.join("n2", "n1", *both, token=token)
    world.together("n1", "n2")
    links = lambda: {x["link"]: x["connected"] for x in world.json("n1", "corosync", "links")}  # noqa: E731
    world.until("both links", lambda: links() == {0: True, 1: True})
    world.sh("n1", f"ip addr del {world.addresses['n1']}/16 dev eth0 2>/dev/null || ip addr flush dev eth0")
    world.until("one link", lambda: links() == {0: False, 1: True})
    world.until("both are members over the other link", lambda: world.members("n1") == {"n1", "n2"})
    assert "link 0 is down" in world.run("n1", "cluster", "health", status=1)


def test_a_hung_agent_holds_no_change_for_ever(machines) -> None:
    """One stopped process would forbid every change of the cluster."""
    world = machines(2)
    world.init()
    world.join("n2")
    world.together("n1", "n2")
    before = world.files("n1")
    world.sh("n2", "pkill -STOP -f [e]nrolment.live.agent")
    said = world.run("n1", "corosync", "set", "totem.token=1500", status=113)
    assert "no vote in time of node 2" in said
    world.sh("n2", "pkill -CONT -f [e]nrolment.live.agent")
    world.until("nothing is left of it", lambda: world.files("n1") == before)
    world.run("n1", "corosync", "set", "totem.token=1500")
    world.until("in force", lambda: world.run("n2", "corosync", "get", "runtime.config.totem.token") == "1500\n")
