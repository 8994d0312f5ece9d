"""What the demonstration may claim."""

from collections.abc import Sequence

from standfast.lab import story
from standfast.lab.story import Chapter, Claim
from standfast.web.schema import EventRecord, InstanceExplanation, Part, PlaceRecord

SERVICE = ("ip", "web")


def events(*said: tuple[str, dict[str, str]]) -> list[EventRecord]:
    """Return numbered events, one every 10 ms from 1000 on."""
    return [EventRecord(at, 1000 + 10 * at, kind, "info", "", fields) for at, (kind, fields) in enumerate(said, 1)]


def operation(task: str, resource: str, node: str, rc: int = 0, interval_ms: int = 0) -> tuple[str, dict[str, str]]:
    key = f"{resource}_{task}_{interval_ms}"
    return "operation", {"node": node, "resource": resource, "operation": key, "rc": str(rc)}


def holding(claims: Sequence[Claim]) -> list[bool]:
    return [claim.holds for claim in claims]


LOST = ("node-lost", {"node": "n1"})
FENCED = ("fenced", {"node": "n1", "device": "fence"})


def test_death_fenced_then_recovered() -> None:
    """The demonstration would fail although the cluster did right."""
    told = events(LOST, FENCED, operation("start", "ip", "n2"), operation("start", "web", "n2"))
    claims = story.death(told, "n1", SERVICE, 1000)
    assert holding(claims) == [True] * 4
    assert [claim.after_ms for claim in claims] == [10, 20, 30, 40]


def test_recovery_before_fencing_is_seen() -> None:
    """The demonstration would praise the worst thing that a cluster can do."""
    told = events(LOST, operation("start", "ip", "n2"), FENCED, operation("start", "web", "n2"))
    assert holding(story.death(told, "n1", SERVICE, 1000)) == [True, True, False, True]


def test_death_without_fencing_or_recovery() -> None:
    """A step that never happened would be shown as done."""
    assert holding(story.death(events(LOST), "n1", SERVICE, 0)) == [True, False, False, False]
    told = events(LOST, FENCED, operation("start", "ip", "n2"), operation("start", "web", "n2", rc=1))
    assert holding(story.death(told, "n1", SERVICE, 0)) == [True, True, True, False]


def test_restart_in_place() -> None:
    """A failover would be shown as a restart in place."""
    failed = operation("monitor", "web", "n1", rc=7, interval_ms=1000)
    assert holding(story.restart(events(failed, operation("start", "web", "n1")), "n1", "web", 0)) == [True] * 3
    elsewhere = events(failed, operation("start", "web", "n2"))
    assert holding(story.restart(elsewhere, "n1", "web", 0)) == [True, False, True]
    fenced = events(failed, FENCED, operation("start", "web", "n1"))
    assert holding(story.restart(fenced, "n1", "web", 0)) == [True, True, False]


def test_move_in_order() -> None:
    """A service that ran on two nodes for a moment would be shown as moved in order."""
    stops = [operation("stop", "web", "n1"), operation("stop", "ip", "n1")]
    starts = [operation("start", "ip", "n2"), operation("start", "web", "n2")]
    assert holding(story.move(events(*stops, *starts), "n1", SERVICE, 0)) == [True] * 3
    early = events(stops[0], starts[0], stops[1], starts[1])
    assert holding(story.move(early, "n1", SERVICE, 0)) == [True, False, True]


def test_a_chapter_holds_if_all_its_claims_do() -> None:
    """The demonstration would end with 0 although something was not seen."""
    assert Chapter("x", [Claim("a", True)]).holds
    assert not Chapter("x", [Claim("a", True), Claim("b", False)]).holds


def test_the_table_has_what_was_measured() -> None:
    """The last table would lack the outage, or invent one."""
    assert story.table([Chapter("start"), Chapter("node death", away_ms=640.4)]) == [("node death", "640 ms")]


def test_a_reason_names_what_spoke_for_each_node() -> None:
    """The demonstration would say where a resource is, but not why."""
    instance = InstanceExplanation(
        "myip",
        "n2",
        "Started",
        "score",
        [
            PlaceRecord("n1", -1_000_000, refused="n1 is offline"),
            PlaceRecord("n2", 100, [Part("stickiness", 100)]),
            PlaceRecord("n3", 0),
        ],
    )
    text = story.reason(instance)
    assert text == "myip: Started on n2 (score). n2: 100 = stickiness 100; n1: n1 is offline; n3: 0"


def test_no_reason_is_no_text() -> None:
    """A place without a reason would look as if it had one."""
    assert story.reason(InstanceExplanation("myip", "n2", "Started", "")) == ""
