"""attrd_updater as agents call it."""

from __future__ import annotations


def test_update_and_query(sh, daemon) -> None:
    """ocf:pacemaker:ping would set no pingd, and ocf:pacemaker:attribute would not read its own back."""
    assert sh("attrd_updater -n pingd -B 2000 -d 5s").code == 0
    assert sh("attrd_updater -n #health-cpu -U red -d 30s").code == 0
    assert sh("attrd_updater -S status -n ram -v 16").code == 0  # SysInfo
    assert sh("attrd_updater -n opa -N n2 -U 1").code == 0
    assert daemon.posted[0][1] | {"set_id": "", "pattern": ""} == {
        "node": "n1", "name": "pingd", "value": "2000", "lifetime": "reboot", "set_id": "", "pattern": "",
        "dampening_ms": 5000,
    }  # fmt: skip
    assert daemon.posted[1][1]["dampening_ms"] == 30_000
    assert (daemon.posted[2][1]["set_id"], "dampening_ms" in daemon.posted[2][1]) == ("status", False)
    assert sh("attrd_updater -n opa -Q -N n2").out == 'name="opa" host="n2" value="1"\n'
    assert sh("attrd_updater -n pingd -Q").out == 'name="pingd" host="n1" value="2000"\n'


def test_all_nodes_and_private(sh, daemon) -> None:
    """mariadb would not find the other nodes' GTIDs."""
    assert sh("attrd_updater -p -n db-gtid -U 0-1-5").code == 0
    assert sh("attrd_updater -p -n db-gtid -N n2 -U 0-1-6").code == 0
    assert daemon.attributes[("n2", "db-gtid", "private")] == "0-1-6"
    assert sh("attrd_updater -p -N n2 -n db-gtid -Q").out == 'name="db-gtid" host="n2" value="0-1-6"\n'
    assert sh("attrd_updater -n db-gtid -Q -A").out == (
        'name="db-gtid" host="n1" value="0-1-5"\nname="db-gtid" host="n2" value="0-1-6"\n'
    )


def test_delete_and_what_is_missing(sh, daemon) -> None:
    """A stopped ping would go on counting."""
    assert sh("attrd_updater -D -n pingd -d 5s").code == 0
    ran = sh("attrd_updater -n pingd -Q")
    assert (ran.code, ran.out) == (105, "")
    assert "attribute does not exist" in ran.err
    assert sh("attrd_updater -Q").code == 64
    assert sh("attrd_updater -n x").code == 64
    assert sh("attrd_updater -n x -B 1").code == 64
    assert sh("attrd_updater -R").code == 0
