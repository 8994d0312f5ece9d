"""stonith_admin: devices, history, fencing by hand."""

from __future__ import annotations


def test_devices(sh) -> None:
    """Operators would not see which device is for a node."""
    assert sh("stonith_admin -L").out == " f1\n f2\n2 fence devices found\n"
    assert sh("stonith_admin -l n1").out == " f1\n1 fence device found\n"
    assert sh("stonith_admin -l n9").out == "No fence devices found\n"
    assert sh("stonith_admin -s f1 -q").out == "n1\nn2\n"
    assert (sh("stonith_admin -Q f1").code, sh("stonith_admin -Q f9").code) == (0, 105)


def test_history(sh) -> None:
    """Nobody could say when a node was fenced, and controld would not see that it is being done."""
    out = sh("stonith_admin -H *", TZ="UTC").out.splitlines()
    assert out[0] == "off of n3 pending: client="
    assert out[2] == "reboot of n2 successful: delegate=n1, client=standfast, completed='2023-11-14 22:13:20 +0000'"
    assert out[3] == "3 events found"
    assert sh("stonith_admin -H n2 -q").out == "1700000000\n"
    assert 'extended-status="pending"' in sh("stonith_admin -H * --output-as xml").out
    assert sh("stonith_admin --last n2", TZ="UTC").out == "Node n2 last fenced at: 2023-11-14 22:13:20 +0000\n"
    assert sh("stonith_admin -h n3").out == "Node n3 has never been fenced\n"


def test_orders(sh, daemon) -> None:
    """A node would not be fenced by hand, or switched off where it was to be rebooted."""
    lines = {
        "stonith_admin -F n2": ("fence", {"action": "off", "timeout_ms": 120_000}),
        "stonith_admin --reboot=n2 --tag controld": ("fence", {"action": "reboot", "timeout_ms": 120_000}),
        "stonith_admin -U n2 -t 30": ("fence", {"action": "on", "timeout_ms": 30_000}),
        "stonith_admin -C n2": ("confirm", {}),
    }
    for line, (order, body) in lines.items():
        daemon.posted.clear()
        assert sh(line).code == 0
        assert daemon.posted == [(f"/v1/nodes/n2/{order}", body)]
    daemon.posted.clear()
    assert sh("stonith_admin -B n2 --tolerance 99999999999").code == 0
    assert daemon.posted == []


def test_refusals(sh, daemon) -> None:
    """A fencing that failed would pass for one that was done."""
    daemon.refuses = (400, {"error": "no device can fence n2", "exit_status": 1})
    assert sh("stonith_admin -F n2").code == 1
    assert sh("stonith_admin -R dev").code == 3
    assert sh("stonith_admin").code == 64
