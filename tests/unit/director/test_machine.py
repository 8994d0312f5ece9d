"""The director's machine in a made-up world."""

from ipaddress import ip_address
from typing import Any

from msgspec.structs import replace

from standfast import director
from standfast.director import checks, lvs
from standfast.director.events import (
    AddressesChanged,
    Apply,
    CancelProbe,
    Configured,
    Log,
    Probe,
    Probed,
    Ready,
    Refused,
    SessionChanged,
    Shutdown,
    Tell,
)
from standfast.runtime import Now


def test_a_dead_server_is_out_in_time(world: Any) -> None:
    """If this failed, clients would be sent to a dead server for longer than the configuration promises."""
    world.start(world.service([world.server(1), world.server(2)]))
    world.run(20_000)
    world.dead.add(2)
    died_ms = world.now_ms
    world.run(20_000)
    assert world.pool() == {1: 1}
    gone_ms = next(at for at, pool in world.tables if at >= died_ms and len(pool) == 1)
    assert gone_ms - died_ms <= 5000 + 1 * 1000


def test_a_server_that_is_back_gets_clients_again(world: Any) -> None:
    """If this failed, an operator would have to bring servers back by hand."""
    world.start(world.service([world.server(1, notify_up=world.script("up")), world.server(2)]))
    world.dead.add(1)
    world.run(10_000)
    assert world.pool() == {2: 1}
    world.dead.clear()
    world.run(10_000)
    assert world.pool() == {1: 1, 2: 1}
    assert world.scripts[-1] == "up"
    assert any("is up: TCP_CHECK of 198.51.100.1:80 succeeded" in line for line in world.logs)


def test_the_table_is_set_before_the_first_check(world: Any) -> None:
    """If this failed, a director that starts would leave its services down for a delay loop."""
    effects = world.start(world.service([world.server(1), world.server(2, world.tcp(alpha=True))]))
    assert world.pool() == {1: 1}
    kinds = [type(effect).__name__ for effect in effects]
    assert kinds.index("Own") < kinds.index("Apply") < kinds.index("Ready") < kinds.index("Probe")
    assert world.asked == 0
    assert isinstance(effects[kinds.index("Ready")], Ready)


def test_a_first_table_has_each_place_once(world: Any) -> None:
    """If this failed, the data plane would refuse real servers that are written in two ways, or leave out others."""

    def at(address: str, port: int, weight: int) -> director.CheckedServer:
        real = lvs.RealServer(lvs.ServerKey(ip_address(address), port), lvs.Forwarding.TUNNEL, weight)
        return director.CheckedServer(real, director.Terms((world.tcp(),)))

    number = "::192.0.2.9", "192.0.2.9"  # the same number, another address
    servers = [at(number[0], 80, 1), at(number[1], 80, 2), at("192.0.2.8", 0, 3), at("192.0.2.8", 80, 4)]
    twice = [*servers, at(number[0], 80, 5)]
    effects = world.start(world.service(twice, quorum=20))
    changes = next(effect.changes for effect in effects if isinstance(effect, Apply))
    added = [(str(c.server.key), c.server.weight) for c in changes if isinstance(c, lvs.AddServer)]
    assert added == [("[::c000:209]:80", 5), ("192.0.2.9:80", 2), ("192.0.2.8:80", 4)]
    (service,) = world.machine.services.values()
    assert (len(service.servers), service.quorum.quorum, service.alive_weight) == (4, 14, 14)


def test_what_was_set_first_is_known_to_stand(world: Any) -> None:
    """If this failed, real servers that fail or are edited after a start would stay as they were, or be added twice."""
    first = [world.server(1), world.server(2), world.server(3, on_failure=lvs.OnFailure.DRAIN)]
    world.start(world.service(first))
    (service,) = world.machine.services.values()
    assert all(each.up and each.serving for each in service.servers.values())
    world.start(world.service([world.server(1, weight=4), *first[1:], world.server(4)]))
    changes = [effect.changes for effect in world.effects if isinstance(effect, Apply)]
    assert [type(change) for change in changes[-1]] == [lvs.EditServer, lvs.AddServer]
    world.run(20_000)
    world.dead |= {2, 3}
    world.run(20_000)
    drains = {world.server_key(number): weight for number, weight in ((1, 4), (3, 0), (4, 1))}
    assert drains in [pool for _, pool in world.tables]
    assert world.pool() == {1: 4, 4: 1}


def test_a_first_service_quorum_that_no_weight_reaches(world: Any) -> None:
    """If this failed, clients would find an empty service where the sorry server is to answer."""
    sorry = lvs.RealServer(world.server_key(9), lvs.Forwarding.NAT)
    world.start(world.service([world.server(1, weight=0), world.server(2, weight=0)], sorry=sorry))
    assert world.pool() == {9: 1}
    (service,) = world.machine.services.values()
    assert [(each.up, each.serving) for each in service.servers.values()] == [(True, False)] * 2


def test_quiesced_and_drained_servers_stay_with_weight_0(world: Any) -> None:
    """If this failed, established connections would be cut by the failure of a check."""
    world.start(world.service([
        world.server(1), world.server(2, on_failure=lvs.OnFailure.QUIESCE),
        world.server(3, on_failure=lvs.OnFailure.DRAIN),
    ]))  # fmt: skip
    client = lvs.ServerKey(ip_address("203.0.113.1"), 1000)
    virtual = lvs.ServerKey(ip_address("192.0.2.1"), 80)
    clients = [lvs.ServerKey(client.address, 1000 + n) for n in range(3)]
    reached = {world.dataplane.connect(lvs.Transport.TCP, one, virtual): one for one in clients}
    world.dead |= {2, 3}
    world.run(20_000)
    assert world.pool() == {1: 1, 2: 0, 3: 0}
    world.dataplane.disconnect(lvs.Transport.TCP, reached[world.server_key(3)], virtual)
    world.dataplane.pass_time(1000)
    world.run(2000)
    assert world.pool() == {1: 1, 2: 0}
    assert any("is drained" in line for line in world.logs)


def test_the_sorry_server_comes_without_an_empty_moment(world: Any) -> None:
    """If this failed, clients would be refused in the moment of the change although a server stands by."""
    sorry = lvs.RealServer(world.server_key(99), lvs.Forwarding.NAT)
    world.start(world.service([world.server(1), world.server(2)], sorry=sorry))
    world.run(10_000)
    world.tables.clear()
    world.dead |= {1, 2}
    world.run(20_000)
    assert world.pool() == {99: 1}
    world.dead.clear()
    world.run(20_000)
    assert world.pool() == {1: 1, 2: 1}
    assert all(any(pool.values()) for _, pool in world.tables)


def test_a_sorry_server_that_is_inhibited_waits_in_the_table(world: Any) -> None:
    """If this failed, `sorry_server_inhibit` would have no effect."""
    sorry = lvs.RealServer(world.server_key(99), lvs.Forwarding.NAT, 3)
    world.start(world.service([world.server(1)], sorry=sorry, sorry_inhibit=True))
    assert world.pool() == {1: 1, 99: 0}
    world.dead.add(1)
    world.run(10_000)
    assert world.pool() == {99: 3}


def test_quorum_turns_with_hysteresis_after_the_servers_are_told(world: Any) -> None:
    """If this failed, scripts would announce a service that cannot bear its load, or flap at the border."""
    servers = [world.server(n, notify_down=world.script(f"down{n}")) for n in (1, 2, 3, 4)]
    world.start(world.service(
        servers, quorum=3, hysteresis=1, quorum_up=world.script("up"), quorum_down=world.script("lost")
    ))  # fmt: skip
    assert world.scripts == ["up"]
    world.dead |= {1, 2}
    world.run(20_000)
    assert "lost" not in world.scripts
    world.dead.add(3)
    world.run(20_000)
    assert world.scripts[-2:] == ["down3", "lost"]
    world.dead -= {1, 2}
    world.run(20_000)
    assert world.scripts[-1] == "lost"
    world.dead.clear()
    world.run(20_000)
    assert world.scripts[-1] == "up"


def test_scripts_of_one_object_run_one_after_another(world: Any) -> None:
    """If this failed, the last script to run could tell of a state that is past."""
    world.scripts_last_ms = 1
    world.start(world.service(
        [world.server(1, notify_up=world.script("up"), notify_down=world.script("down")), world.server(2)]
    ))  # fmt: skip
    world.dead.add(1)
    world.run(10_000)
    world.dead.clear()
    world.run(10_000)
    assert [str(r.script) for r in world.running.values()] == ["down"]
    world.end_script(next(iter(world.running)), "timed out after 60000 ms")
    assert [str(r.script) for r in world.running.values()] == ["up"]
    assert any("timed out" in line for line in world.logs)


def test_fifo_lines_are_keepalived_s(world: Any) -> None:
    """If this failed, programs that read the FIFO would not understand us."""
    world.start(world.service([world.server(1)]))
    world.dead.add(1)
    world.run(10_000)
    assert world.lines == [
        "VS [192.0.2.1]:tcp:80 UP",
        "RS [198.51.100.1]:tcp:80 [192.0.2.1]:tcp:80 DOWN",
        "VS [192.0.2.1]:tcp:80 DOWN",
    ]


def test_all_checks_must_succeed(world: Any) -> None:
    """If this failed, a server whose port answers but whose pages are errors would get clients."""
    elsewhere = checks.Check(checks.TcpCheck(checks.Connect(ip_address("198.51.100.7"))), checks.Rhythm(5000))
    world.start(world.service([world.server(1, world.tcp(), elsewhere), world.server(2)]))
    world.dead |= {1, 7}
    world.run(10_000)
    world.dead = {7}
    world.run(10_000)
    assert world.pool() == {2: 1}
    world.dead.clear()
    world.run(10_000)
    assert world.pool() == {1: 1, 2: 1}


def test_equal_checks_are_merged_when_asked(world: Any) -> None:
    """If this failed, a host in a hundred services would be asked a hundred times."""
    services = [world.service([world.server(1)], port=port) for port in range(81, 91)]
    world.start(*services, merge_checks=True)
    world.run(5500)
    assert world.asked == 1
    world.dead.add(1)
    world.run(10_000)
    assert all(world.pool(port) == {} for port in range(81, 91))


def test_a_reload_keeps_what_is_known_and_touches_nothing_else(world: Any) -> None:
    """If this failed, a reload would bring dead servers back, or cut connections."""
    world.start(world.service([world.server(1), world.server(2)]))
    world.dead.add(2)
    world.run(10_000)
    effects = world.start(world.service([world.server(1), world.server(2)]))
    assert not [e for e in effects if isinstance(e, Apply | Tell)]
    effects = world.start(world.service([world.server(1, weight=5), world.server(2), world.server(3)]))
    (applied,) = [e for e in effects if isinstance(e, Apply)]
    assert [type(c) for c in applied.changes] == [lvs.EditServer, lvs.AddServer]
    assert world.pool() == {1: 5, 3: 1}
    world.run(20_000)
    assert world.pool() == {1: 5, 3: 1}


def test_a_reload_tries_again_what_was_refused(world: Any) -> None:
    """If this failed, a real server that the kernel refused once would be missing until the director starts again."""
    service = world.service([world.server(1), world.server(2)])
    world.start(service)
    world.handle(Refused((director.Refusal(lvs.AddServer(world.key(), world.server(2).server), 12),)))
    world.dataplane.apply([lvs.DeleteServer(world.key(), world.server_key(2))])
    assert world.pool() == {1: 1}
    world.start(service)
    assert world.pool() == {1: 1, 2: 1}
    assert not [effect for effect in world.start(service) if isinstance(effect, Apply)]


def test_what_is_refused_is_said_as_a_plan_says_it(world: Any) -> None:
    """If this failed, nobody would read out of the log which real server is missing, and why."""
    world.start(world.service([world.server(1)]))
    effects = world.handle(Refused((director.Refusal(lvs.AddServer(world.key(), world.server(2).server), 22),)))
    (said,) = [effect.text for effect in effects if isinstance(effect, Log)]
    assert said == "the data plane refused + TCP 192.0.2.1:80 -> 198.51.100.2:80 nat weight 1: EINVAL"


def test_a_service_that_is_the_very_same_is_left_alone(world: Any) -> None:
    """If this failed, one new weight among thousands of services would stop the director for seconds."""
    same = world.service([world.server(1), world.server(2)])
    other = world.service([world.server(3)], 81)
    world.start(same, other)
    world.dead.add(2)
    world.run(20_000)
    kept = world.machine.services[same.name]
    effects = world.start(same, replace(other, servers=(world.server(3, weight=7),)))
    assert [len(effect.changes) for effect in effects if isinstance(effect, Apply)] == [1]
    assert not [effect for effect in effects if isinstance(effect, Probe | CancelProbe)]
    assert world.machine.services[same.name] is kept
    world.dead.clear()
    world.run(20_000)
    assert world.machine.services[same.name].alive_weight == 2
    world.start(other)
    assert set(world.machine.services) == {other.name}
    assert {watch.target.address for watch in world.machine.watches.values()} == {world.server(3).server.key.address}


def test_a_new_rhythm_does_not_make_a_server_unknown(world: Any) -> None:
    """If this failed, changing the delay loop would send clients to dead servers."""
    world.start(world.service([world.server(1), world.server(2)]))
    world.dead.add(2)
    world.run(10_000)
    world.start(world.service([world.server(1, world.tcp(9000)), world.server(2, world.tcp(9000))]))
    assert world.pool() == {1: 1}


def test_services_and_servers_that_are_not_configured_any_more_go(world: Any) -> None:
    """If this failed, a director would serve what nobody asks for."""
    world.start(world.service([world.server(1), world.server(2)]), world.service([world.server(1)], port=81))
    world.start(world.service([world.server(1)]))
    world.run(10_000)
    assert [status.service.key for status in world.dataplane.services()] == [world.key()]
    assert world.pool() == {1: 1}
    assert world.owned == {world.key()}
    assert len(world.probes) == 1


def test_a_successor_takes_over_what_a_kill_left(world: Any) -> None:
    """If this failed, a director that starts again would send clients to servers that were known to be dead."""
    world.start(world.service([world.server(1), world.server(2)]), world.service([world.server(3)], port=81))
    world.dead.add(2)
    world.run(10_000)
    owned, world.probes = world.owned, {}
    world.dataplane.apply([lvs.AddService(lvs.VirtualService(world.key(9999)))])
    world.machine = type(world.machine)()
    world.tables.clear()
    world.start(world.service([world.server(1), world.server(2)]), read=True, owned=owned)
    assert world.pool() == {1: 1}
    assert {frozenset(pool) for _, pool in world.tables} == {frozenset({world.server_key(1)})}
    ports = {status.service.key.port for status in world.dataplane.services()}
    assert ports == {80, 9999}, "what the predecessor set and nobody wants goes, a stranger's stays"
    world.dead.clear()
    world.run(10_000)
    assert world.pool() == {1: 1, 2: 1}


def test_a_stop_cleans_up_and_tells_with_omega(world: Any) -> None:
    """If this failed, a stopped director would leave services behind, or routes announced."""
    noun = world.service(
        [world.server(1, notify_down=world.script("down1"))], quorum_down=world.script("lost"), omega=True
    )
    world.start(noun, shutdown_script=world.script("bye"))
    world.run(10_000)
    world.handle(Shutdown())
    assert world.dataplane.services() == []
    assert world.scripts == ["down1", "lost", "bye"]
    assert world.owned == frozenset()
    assert world.finished
    assert world.probes == {}


def test_a_stop_removes_the_last_service_first(world: Any) -> None:
    """IPVS would look through all that was removed for each real server of the next start."""
    world.start(*(world.service([world.server(1)], port=port) for port in (80, 81, 82)))
    effects = world.handle(Shutdown())
    removed = [change.key.port for effect in effects if isinstance(effect, Apply) for change in effect.changes]
    assert removed == [82, 81, 80]


def test_a_stop_for_a_successor_leaves_the_table(world: Any) -> None:
    """If this failed, an upgrade of the director would drop every connection."""
    world.start(world.service([world.server(1)]))
    world.handle(Shutdown(keep_table=True))
    assert world.pool() == {1: 1}
    assert world.owned == {world.key()}
    assert world.finished


def test_what_somebody_else_deleted_is_put_back(world: Any) -> None:
    """If this failed, one `ipvsadm -d` by hand would keep a server out until the director starts again."""
    file = checks.Check(checks.FileCheck("/weight"), checks.Rhythm(5000))
    world.start(world.service([world.server(1, file, weight=5)]))
    world.dataplane.apply([lvs.DeleteServer(world.key(), world.server_key(1))])
    number, (_, probe) = next(iter(world.probes.items()))
    assert number == probe.number
    world.handle(Probed(number, probe.generation, checks.Result(True, number=2)))
    assert world.pool() == {1: 7}
    assert any("refused" in line for line in world.logs)


def test_checks_rest_while_the_address_is_elsewhere(world: Any) -> None:
    """If this failed, a backup director would ask real servers that it cannot reach, and mail about them."""
    world.start(world.service([world.server(1)], ha_suspend=True))
    world.handle(AddressesChanged(frozenset()))
    world.run(20_000)
    assert world.asked == 0
    world.handle(AddressesChanged(frozenset({ip_address("192.0.2.1")})))
    world.run(20_000)
    assert world.asked >= 3


ELSEWHERE = AddressesChanged(frozenset({ip_address("192.0.2.9")}))
HERE = AddressesChanged(frozenset({ip_address("192.0.2.9"), ip_address("192.0.2.1")}))


def test_what_was_known_stays_while_checks_rest(world: Any) -> None:
    """If this failed, a change-over would bring dead servers back, or take living ones out."""
    world.start(world.service([world.server(1), world.server(2)], ha_suspend=True))
    world.handle(HERE)
    world.dead.add(2)
    world.run(20_000)
    assert world.pool() == {1: 1}
    world.handle(ELSEWHERE)
    world.dead = {1}
    world.run(60_000)
    assert world.pool() == {1: 1}
    world.handle(HERE)
    world.run(20_000)
    assert world.pool() == {2: 1}


def test_an_answer_that_comes_when_checks_rest_does_not_count(world: Any) -> None:
    """If this failed, the last probe of a backup, which cannot reach the servers, would take them out."""
    world.start(world.service([world.server(1)], ha_suspend=True))
    world.handle(HERE)
    number, (_, probe) = next(iter(world.probes.items()))
    world.handle(ELSEWHERE)
    assert world.handle(Probed(number, probe.generation, checks.Result(False, "connection refused"))) == []
    assert world.pool() == {1: 1}


def test_a_reload_while_checks_rest(world: Any) -> None:
    """If this failed, new servers of a backup would be checked, and each reload would tell the rest again."""
    world.start(world.service([world.server(1)], ha_suspend=True))
    world.handle(ELSEWHERE)
    world.start(world.service([world.server(1), world.server(2)], ha_suspend=True))
    world.run(20_000)
    assert world.asked == 0
    assert sum("checks suspended" in line for line in world.logs) == 1
    world.handle(HERE)
    world.dead = {1, 2}
    world.run(20_000)
    assert world.pool() == {}


def test_checks_begin_when_a_reload_takes_ha_suspend_away(world: Any) -> None:
    """If this failed, the servers would never be checked again."""
    world.start(world.service([world.server(1), world.server(2)], ha_suspend=True))
    world.handle(ELSEWHERE)
    world.start(world.service([world.server(1), world.server(2)]))
    world.dead = {1}
    world.run(20_000)
    assert world.pool() == {2: 1}
    assert any("checks resumed" in line for line in world.logs)


def test_one_address_of_a_group_is_enough(world: Any) -> None:
    """If this failed, half of a group's addresses could be here, with servers that nobody checks."""
    group = world.service([world.server(1)], ha_suspend=True)
    second = lvs.ServiceAddress(lvs.Transport.TCP, ip_address("192.0.2.2"), 80)
    world.start(replace(group, services=(*group.services, lvs.VirtualService(second, "rr"))))
    world.handle(AddressesChanged(frozenset({ip_address("192.0.2.2")})))
    world.run(20_000)
    assert world.asked >= 3


def test_a_merged_check_goes_on_for_the_service_that_does_not_rest(world: Any) -> None:
    """If this failed, a service without ha_suspend would lose its checks to one that has it."""
    resting = world.service([world.server(1)], ha_suspend=True)
    world.start(resting, merge_checks=True)
    world.handle(ELSEWHERE)
    world.run(20_000)
    assert world.asked == 0
    other = world.service([world.server(1)], port=81)
    other = replace(other, servers=resting.servers)
    world.start(resting, other, merge_checks=True)
    world.run(20_000)
    assert world.asked >= 3


def test_a_bfd_session_takes_its_servers_along(world: Any) -> None:
    """If this failed, a path that BFD knows to be dead would be used."""
    world.start(world.service([world.server(1, checks.Check(checks.BfdCheck("b"))), world.server(2)]))
    assert world.pool() == {1: 1, 2: 1}
    world.handle(SessionChanged("b", False))
    assert world.pool() == {2: 1}
    world.handle(SessionChanged("b", True))
    assert world.pool() == {1: 1, 2: 1}


def test_a_bfd_session_that_is_told_again(world: Any) -> None:
    """If this failed, each reload would write a failure in the log that is none."""
    world.start(world.service([world.server(1, checks.Check(checks.BfdCheck("b"))), world.server(2)]))
    world.handle(SessionChanged("b", True))
    assert world.handle(SessionChanged("b", True)) == []
    assert world.pool() == {1: 1, 2: 1}


def test_groups_follow_as_one(world: Any) -> None:
    """If this failed, a server would leave one address of a group and stay in another."""
    keys = [world.key(81), world.key(82)]
    real = lvs.RealServer(lvs.ServerKey(ip_address("198.51.100.1"), 0))
    noun = director.CheckedService(
        "G",
        tuple(lvs.VirtualService(key) for key in keys),
        (director.CheckedServer(real, director.Terms((world.tcp(),))),),
    )
    world.start(noun)
    assert [[s.server.key.port for s in world.dataplane.servers(key)] for key in keys] == [[81], [82]]
    world.dead.add(1)
    world.run(10_000)
    assert [world.dataplane.servers(key) for key in keys] == [[], []]


def test_mass_failure_touches_each_server_once() -> None:
    """If this failed, the loss of a rack would hold the director for minutes."""
    base, machine, now = ip_address("198.51.100.0"), director.Machine(), Now(0, 0)
    check = checks.Check(checks.TcpCheck())
    key = lvs.ServiceAddress(lvs.Transport.TCP, ip_address("192.0.2.1"), 80)
    servers = [
        director.CheckedServer(lvs.RealServer(lvs.ServerKey(base + n, 80)), director.Terms((check,)))
        for n in range(3000)
    ]
    noun = director.CheckedService("S", (lvs.VirtualService(key),), tuple(servers))
    probes = [e for e in machine.handle(Configured(director.Configuration((noun,))), now) if isinstance(e, Probe)]
    assert len(probes) == 3000
    changes = 0
    for probe in probes:
        effects = machine.handle(Probed(probe.number, probe.generation, checks.Result(False, "no")), now)
        changes += sum(len(effect.changes) for effect in effects if isinstance(effect, Apply))
    assert changes == 3000
