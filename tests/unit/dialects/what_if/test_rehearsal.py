"""Events one after the other."""

from __future__ import annotations

import pytest

from standfast import scheduler
from standfast.dialects import what_if

NOW_S = 1_700_000_000


def actions(stage: what_if.Stage) -> list[str]:
    return [" ".join(filter(None, (c.action, c.resource, c.source, c.target))) for c in stage.changes]


def gaps(stage: what_if.Stage) -> list[tuple[str, str, int, int | None]]:
    return [(g.resource, g.role, g.begin_ms, g.end_ms) for g in stage.gaps]


def test_a_standby_takes_as_long_as_the_history_says(play) -> None:
    """An operator would be promised a shorter outage than the last one was."""
    (stage,) = play("standby n1").stages
    assert "Move web n1 n2" in actions(stage) or "Move web n1 n3" in actions(stage)
    (web,) = [g for g in gaps(stage) if g[0] == "web"]
    assert web[1:3] == ("running", 0)
    assert web[3] is not None
    assert web[3] >= 300 + 500  # the stop took 300 ms on n2, the start 400 ms and waited 100 ms on n1
    assert stage.settled


def test_a_lost_node_is_fenced_before_its_services_run_again(play) -> None:
    """An operator would count on a service while the lost node is not off yet."""
    stage, back = play("lose n1", "return n1").stages
    assert [node for node, _ in stage.fencing] == ["n1"]
    lost = {(g[0], g[1]): g[2:] for g in gaps(stage)}
    begin, end = lost[("web", "running")]
    assert begin == 0
    assert end is not None
    assert end >= 10_000
    assert lost[("db", "promoted")][0] == 0
    assert ("db", "running") not in lost
    assert back.settled


def test_what_is_stopped_stays_away(play) -> None:
    """A stop would look like a short outage."""
    (stage,) = play("stop web").stages
    assert gaps(stage) == [("web", "running", 0, None)]


def test_a_failed_service_is_missing_at_once(play) -> None:
    """The time until a recovery would begin with the recovery."""
    (stage,) = play("fail web").stages
    ((name, role, begin, end),) = [g for g in gaps(stage) if g[0] == "web"]
    assert (name, role, begin) == ("web", "running", 0)
    assert end is not None
    assert end > 0


def test_a_floor_says_when_it_is_not_kept(play) -> None:
    """A rolling patch would end the service, and nobody would have known before."""
    found = play("patch n3", at_least=("3 data", "1 promoted data"))
    assert [[(b.floor, b.fewest) for b in stage.broken] for stage in found.stages] == [[("3 data", 2)], []]
    assert found.broken
    assert not play("patch n3", at_least=("2 data", "1 promoted data")).broken


def test_a_patch_of_all_ends_where_it_began(play, document) -> None:
    """After a patch that was tried a node would be left in standby."""
    found = play("patch all")
    assert [stage.event for stage in found.stages] == [
        f"{verb} {node}" for node in ("n2", "n3", "n1") for verb in ("standby", "online")
    ]
    assert all(stage.settled for stage in found.stages)
    assert found.document is not None
    after = scheduler.state(found.document, NOW_S)
    assert not [node.name for node in after.nodes if node.standby or not node.online]
    assert sum(len(i.nodes) for i in after.instances) == 5


def test_the_document_is_not_changed(play, document) -> None:
    """A question would change the cluster."""
    before = document.render()
    play("lose n1", "stop web", "quorum lost", "patch n2")
    assert document.render() == before


@pytest.mark.parametrize(
    "event",
    ["leave n2", "maintenance n2", "move web n3", "ban web n1", "unmanage web", "demote data", "quorum lost", "grant t",
     "revoke t", "clear web", "start web"],
)  # fmt: skip
def test_every_event_comes_to_rest(play, event: str) -> None:
    """An event that can be named could not be tried."""
    (stage,) = play(event).stages
    assert stage.event == event
    assert stage.settled


def test_a_change_comes_first(document) -> None:
    """A change of the configuration could not be tried together with a loss."""
    changed = document.copy()
    changed.root.find("configuration/resources/primitive").getparent().remove(changed.find("web"))
    found = what_if.rehearse(document, what_if.parse(["standby n3"], document, NOW_S), [], NOW_S, changed)
    assert [stage.event for stage in found.stages] == ["change the configuration", "standby n3"]
    assert "Stop web n1" in actions(found.stages[0])
