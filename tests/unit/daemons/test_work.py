"""What the worker answers."""

from __future__ import annotations

import pickle

import pytest

from standfast import errors, scheduler
from standfast.daemons import feeding, jobs, work
from standfast.dialects import crm_mon


def test_a_schedule_has_what_the_controller_acts_on_and_no_more(large_document: bytes, now_s: int) -> None:
    """Reading the scores of 500 resources would hold the daemon's loop for a tenth of a second."""
    outcome = work.Answers().answer(jobs.Schedule(feeding.Sender().difference(large_document), now_s))
    assert isinstance(outcome, scheduler.Outcome)
    assert len(outcome.graph.synapses) >= 1000
    assert (outcome.assignments, outcome.scores, outcome.state) == ((), (), scheduler.State())
    last = list(jobs.parts(1, outcome))[-1]
    assert len(pickle.dumps(last)) < 10_000


def test_the_status_as_clients_see_it(document: bytes, now_s: int) -> None:
    """An operator would see a service on the wrong node, or a member whose daemon is gone."""
    reading = work.answer(jobs.ReadStatus(document, now_s, frozenset(["n1"])))
    assert isinstance(reading, jobs.Reading)
    assert [(n.name, n.online, n.daemon) for n in reading.nodes] == [("n1", True, True), ("n2", True, False)]
    assert [(r.id, r.nodes, r.role) for r in reading.resources] == [("web", ["n1"], "Started")]
    assert reading.failures == []


def test_a_changed_document_is_read_again(document: bytes, now_s: int) -> None:
    """A status would show for ever what was once."""
    first = work.answer(jobs.ReadStatus(document, now_s))
    changed = work.answer(jobs.ReadStatus(document.replace(b'crmd="online"', b'crmd="offline"'), now_s))
    assert isinstance(first, jobs.Reading)
    assert isinstance(changed, jobs.Reading)
    assert [n.online for n in first.nodes] == [True, True]
    assert [n.online for n in changed.nodes] == [False, False]


@pytest.mark.parametrize(("form", "expected"), [("xml", '<resource id="web"'), ("text", "web\t(ocf:heartbeat:Dummy)")])
def test_crm_mon_in_both_forms(document: bytes, now_s: int, form: str, expected: str) -> None:
    """Agents that read crm_mon would find nothing."""
    shown = work.answer(jobs.Monitor(document, form, crm_mon.View(now_s)))
    assert isinstance(shown, str)
    assert expected in shown.replace(" (ocf", "\t(ocf").replace("\t\t", "\t")


def test_an_explanation_names_scores_and_family(document: bytes, now_s: int) -> None:
    """An operator would not learn why a service is where it is."""
    explained = work.answer(jobs.Explain(document, now_s, "web:0"))
    assert isinstance(explained, jobs.Explained)
    assert explained.related == {"web"}
    (instance,) = explained.explanation.instances
    assert instance.node == "n1"
    assert any(part.source == "l" and part.score == 50 for place in instance.places for part in place.parts)


def test_an_explanation_of_nothing_is_refused(document: bytes, now_s: int) -> None:
    """A misspelt name would be explained as stopped."""
    with pytest.raises(errors.RequestError) as refused:
        work.answer(jobs.Explain(document, now_s, "wep"))
    assert refused.value.exit_status is errors.Exit.NO_SUCH
