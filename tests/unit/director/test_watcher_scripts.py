"""What operators wrote as shell loops around ipvsadm and curl, done by the director."""

from ipaddress import ip_address
from typing import Any

from standfast import director
from standfast.director import checks, lvs

LOOP_MS, CONNECT_MS = 5000, 1000


def watcher(world: Any, retry: int, sorry: lvs.RealServer | None = None) -> director.CheckedService:
    """Return the notebook's service: two web servers of weights 2 and 1, asked each five seconds."""
    rhythm = checks.Rhythm(LOOP_MS, retry, 0, warmup_ms=0)
    check = checks.Check(checks.HttpCheck(checks.Connect(timeout_ms=CONNECT_MS)), rhythm)
    servers = [world.server(number, check, weight=weight) for number, weight in ((7, 2), (8, 1))]
    service: director.CheckedService = world.service(servers, sorry=sorry)
    return service


def test_first_watcher_script_removes_and_adds(world: Any) -> None:
    """If this failed, the director would do less than a shell loop of twenty lines."""
    world.start(watcher(world, retry=0))
    assert world.pool() == {7: 2, 8: 1}
    world.dead.add(7)
    world.run(LOOP_MS + CONNECT_MS)
    assert world.pool() == {8: 1}
    world.dead.clear()
    world.run(3 * LOOP_MS)
    assert world.pool() == {7: 2, 8: 1}


def test_second_watcher_script_tries_three_times(world: Any) -> None:
    """If this failed, one lost packet would take a server out."""
    world.start(watcher(world, retry=2))
    world.run(LOOP_MS + 1000)
    asked = world.asked
    world.dead.add(7)
    world.run(LOOP_MS)
    assert world.pool() == {8: 1}
    assert world.asked - asked == 3 + 1, "three tries of the dead one, one of the other"


def test_second_watcher_script_reads_the_state_back_from_the_table(world: Any) -> None:
    """If this failed, a watcher that starts would send clients to a server that another had taken out."""
    service = lvs.VirtualService(world.key(), "rr")
    there = lvs.RealServer(world.server_key(8), lvs.Forwarding.NAT, 1)
    world.dataplane.apply([lvs.AddService(service), lvs.AddServer(world.key(), there)])
    world.dead.add(7)
    world.start(watcher(world, retry=2), read=True, read_back=True)
    assert world.pool() == {8: 1}
    world.run(2 * LOOP_MS)
    assert world.pool() == {8: 1}
    world.dead.clear()
    world.run(4 * LOOP_MS)
    assert world.pool() == {7: 2, 8: 1}


def test_second_watcher_script_logs_who_goes_and_who_comes_back(world: Any) -> None:
    """If this failed, nobody could tell afterwards when a server was out, and why."""
    world.start(watcher(world, retry=2))
    world.run(LOOP_MS)
    world.dead.add(7)
    world.run(2 * LOOP_MS)
    world.dead.clear()
    world.run(4 * LOOP_MS)
    told = [line for line in world.logs if "real server [198.51.100.7]:tcp:80" in line]
    assert [" is down: " in line for line in told] == [True, False]
    assert "HTTP_GET of 198.51.100.7:80 failed after 2 retries: connection refused" in told[0]
    assert " is up: " in told[1]


def test_watcher_scripts_fall_back_to_this_machine(world: Any) -> None:
    """If this failed, clients would be refused instead of being told that the service is away."""
    local = lvs.RealServer(lvs.ServerKey(ip_address("127.0.0.1"), 80), lvs.Forwarding.LOCAL)
    world.start(watcher(world, retry=0, sorry=local))
    world.dead |= {7, 8}
    world.run(2 * LOOP_MS)
    assert [s.server.key.address for s in world.dataplane.servers(world.key())] == [ip_address("127.0.0.1")]
    world.dead.clear()
    world.run(4 * LOOP_MS)
    assert world.pool() == {7: 2, 8: 1}
