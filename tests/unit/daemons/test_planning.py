"""Plans."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast import cib, errors
from standfast.daemons import jobs, planning

Plan = Callable[..., jobs.Planned]


@pytest.fixture
def plan(document: bytes, now_s: int) -> Plan:
    return lambda **wishes: planning.plan(jobs.Plan(document, now_s, **wishes))


def lines(planned: jobs.Planned) -> list[tuple[str, str, str, str]]:
    return [(a.action, a.resource, a.source, a.target) for a in planned.actions]


def test_nothing_wished_is_nothing_done(plan: Plan) -> None:
    """A plan would frighten an operator with actions that nobody asked for."""
    assert plan() == jobs.Planned((), [], ())


def test_an_edit_shows_its_difference_and_what_follows(plan: Plan) -> None:
    """An operator would apply a change without knowing that it stops a service."""
    role = '<meta_attributes id="m"><nvpair id="m1" name="target-role" value="Stopped"/></meta_attributes>'
    planned = plan(edits=(cib.Edit("create", role, xpath="//primitive[@id='web']"),))
    assert any(text.startswith("+") and "target-role=Stopped" in text for text in planned.difference)
    assert lines(planned) == [("Stop", "web", "n1", "")]


def test_a_node_that_goes_cleanly_moves_what_it_had(plan: Plan) -> None:
    """A maintenance would be planned without its moves."""
    assert ("Start", "web", "", "n2") in lines(plan(node_down=("n1",)))


def test_a_lost_quorum_stops_all(plan: Plan) -> None:
    """An operator would not see that the second failure stops the service."""
    assert ("Stop", "web", "n1", "") in lines(plan(quorum="0"))


def test_what_is_invalid_is_refused_with_reports(plan: Plan) -> None:
    """A plan of nonsense would look like a plan."""
    with pytest.raises(errors.ConfigError) as refused:
        plan(edits=(cib.Edit("create", '<rsc_location id="x" rsc="nobody" node="n1" score="1"/>', "constraints"),))
    assert [r.code for r in refused.value.reports] == ["cib.no-such"]


def test_an_unknown_node_is_refused(plan: Plan) -> None:
    """A misspelt node would be planned to fail, and nothing happen."""
    with pytest.raises(errors.RequestError) as refused:
        plan(node_fail=("n9",))
    assert refused.value.exit_status is errors.Exit.NO_SUCH
