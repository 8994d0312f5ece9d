"""Times of what is kept in the status."""

from __future__ import annotations

import pytest

from standfast import cib
from standfast.cib import history, status
from standfast.controller import succession
from standfast.controller.replica import Replica

DUMMY = history.Agent("ocf", "Dummy", "pacemaker")


def record(task: str, at_s: int, code: int = 0, **more: object) -> history.OperationRecord:
    said = {"call_id": 1, "op_status": 0, "rc_code": code, "transition_key": "1:1:0:u"} | more
    return history.OperationRecord("r", task, last_change_s=at_s, **said)  # type: ignore[arg-type]


@pytest.fixture
def replica() -> Replica:
    document = cib.Document.empty()
    status.record_operation(document, "n1", "n1", DUMMY, record("start", 100, 1))
    status.record_operation(document, "n2", "n2", DUMMY, record("monitor", 200, 7, transition_key="1:1:7:u"))
    return Replica(document)


@pytest.mark.parametrize(("ordered_s", "kept_s"), [(90, 101), (100, 101), (150, 150)])
def test_an_order_is_newer_than_the_failure_before_it(replica: Replica, ordered_s: int, kept_s: int) -> None:
    """By clocks that disagree a start under way would not count: the resource would be started elsewhere as well."""
    ordered = record("start", ordered_s, 193, op_status=history.PENDING)
    assert succession.time_s(replica, "n1", ordered) == kept_s


@pytest.mark.parametrize(("sent_s", "kept_s"), [(150, 201), (300, 300)])
def test_a_migration_is_newer_than_what_its_target_knew(replica: Replica, sent_s: int, kept_s: int) -> None:
    """By a clock that is ahead the target would not have it: it would be started a second time."""
    sent = record("migrate_to", sent_s, 1, migrate_source="n1", migrate_target="n2")
    assert succession.time_s(replica, "n1", sent) == kept_s


def test_other_times_stay_as_they_are(replica: Replica) -> None:
    """A failure would expire later than it should."""
    assert succession.time_s(replica, "n1", record("monitor", 50, 1)) == 50
