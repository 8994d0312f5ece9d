"""What is written into the status section."""

from __future__ import annotations

import pytest

from standfast import cib
from standfast.cib import history, status
from standfast.cib.history import Agent, OperationRecord

DUMMY = Agent("ocf", "Dummy", "heartbeat")
KEY = "5:12:{}:f00d"


def record(task: str, rc: int, **more: object) -> OperationRecord:
    fields: dict[str, object] = {"op_status": 0, "call_id": 7, "transition_key": KEY.format(0)} | more
    return OperationRecord("r", task, rc_code=rc, **fields)  # type: ignore[arg-type]


@pytest.fixture
def document() -> cib.Document:
    return cib.Document.empty()


def ids(document: cib.Document) -> list[str]:
    return [e.get("id", "") for e in document.status.iter("lrm_rsc_op")]


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (record("start", 0), ["r_last_0"]),
        (record("monitor", 0, interval_ms=20_000), ["r_monitor_20000"]),
        (record("monitor", 7, interval_ms=20_000), ["r_last_failure_0"]),
        (record("start", 1), ["r_last_failure_0", "r_last_0"]),
        (record("monitor", 7, transition_key=KEY.format(7)), ["r_last_0"]),
        (record("start", 193, op_status=-1), ["r_last_0"]),
        (record("monitor", 193, op_status=-1, interval_ms=10), ["r_monitor_10"]),
        (record("migrate_to", 0), ["r_migrate_to_0"]),
        (record("asyncmon", 1), ["r_last_failure_0"]),
        (record("start", 0, op_status=2), ["r_last_failure_0", "r_last_0"]),
        (record("notify", 0, notify_type="pre", notify_operation="start"), ["r_pre_notify_start_0"]),
    ],
)
def test_entries_have_the_ids_of_pacemakers_history(
    document: cib.Document, made: OperationRecord, expected: list[str]
) -> None:
    """The scheduler and crm_mon would not find a failure, or take an old operation for the last.

    A pretended failure of what is promoted would hide the promotion, were it the last operation.
    """
    status.record_operation(document, "1", "n1", DUMMY, made)
    assert ids(document) == expected


def test_a_result_replaces_its_pending_entry(document: cib.Document) -> None:
    """A start would be seen as running for ever, and the next DC would wait for it."""
    status.record_operation(document, "1", "n1", DUMMY, record("start", 193, op_status=-1, call_id=-1))
    status.record_operation(document, "1", "n1", DUMMY, record("start", 0))
    entry = status.operation(document, "1", "r", "r_last_0")
    assert entry is not None
    assert (entry.get("op-status"), entry.get("rc-code"), entry.get("call-id")) == ("0", "0", "7")
    assert entry.get("transition-magic") == "0:0;5:12:0:f00d"
    assert ids(document) == ["r_last_0"]


def test_what_is_written_is_read_back(document: cib.Document) -> None:
    """The scheduler would decide on other results than the executor had."""
    made = record("monitor", 1, interval_ms=20_000, exit_reason="gone", on_node="n1", exec_ms=3, last_change_s=99,
                  digests={"op-digest": "abc"}, origin="test")  # fmt: skip
    status.record_operation(document, "1", "n1", DUMMY, made)
    state = status.node_state(document, "1")
    assert state is not None
    [(resource, found)] = list(history.operations(state))
    assert found == made
    assert dict(resource.attrib) == {"id": "r", "class": "ocf", "provider": "heartbeat", "type": "Dummy"}


def test_reloads_are_kept_as_starts_or_monitors(document: cib.Document) -> None:
    """A reloaded resource would have no start in its history and count as stopped."""
    [entry] = status.record_operation(document, "1", "n1", DUMMY, record("reload", 0))
    assert (entry.get("operation"), entry.get("operation_key")) == ("start", "r_start_0")


def test_forgetting(document: cib.Document) -> None:
    """A clean-up would leave the failure, or take more than it should."""
    status.record_operation(document, "1", "n1", DUMMY, record("start", 0))
    status.record_operation(document, "1", "n1", DUMMY, record("monitor", 0, interval_ms=10))
    status.record_operation(document, "1", "n1", DUMMY, record("monitor", 7, interval_ms=10))
    assert not status.clear_failure(document, "1", "r", "start", 0)
    assert status.clear_failure(document, "1", "r", "monitor", 10)
    assert not status.delete_operation(document, "1", "r", "monitor", 10, call_id=3)
    assert status.delete_operation(document, "1", "r", "monitor", 10, call_id=7)
    assert ids(document) == ["r_last_0"]
    assert status.delete_resource(document, "1", "r")
    assert not status.delete_resource(document, "1", "r")
    assert ids(document) == []


def test_node_state_keeps_what_is_not_given(document: cib.Document) -> None:
    """A node that joins would lose what is known of its membership."""
    status.set_node_state(document, "1", "n1", in_ccm="true", crmd="online")
    entry = status.set_node_state(document, "1", "n1", join="member", expected="member")
    assert dict(entry.attrib) == {"id": "1", "uname": "n1", "in_ccm": "true", "crmd": "online", "join": "member",
                                  "expected": "member"}  # fmt: skip


def test_transient_attributes(document: cib.Document) -> None:
    """A node attribute would be doubled, or have an id that the schema refuses."""
    status.set_attribute(document, "1", "n1", "fail-count-r#start_0", "1")
    pair = status.set_attribute(document, "1", "n1", "fail-count-r#start_0", "2")
    assert pair.get("id") == "status-1-fail-count-r.start_0"
    assert status.attributes(document, "1") == {"fail-count-r#start_0": "2"}
    assert status.attribute(document, "1", "fail-count-r#start_0") == "2"
    assert status.delete_attribute(document, "1", "fail-count-r#start_0")
    assert status.attribute(document, "1", "fail-count-r#start_0") is None


def test_erasing_history_keeps_attributes_and_the_reverse(document: cib.Document) -> None:
    """A fenced node would keep its old operations, or a refreshed one lose its attributes."""
    status.record_operation(document, "1", "n1", DUMMY, record("start", 0))
    status.set_attribute(document, "1", "n1", "a", "1")
    assert status.erase_history(document, "1")
    assert status.attributes(document, "1") == {"a": "1"}
    assert status.erase_attributes(document, "1")
    assert not status.erase_attributes(document, "1")
    assert status.erase_node(document, "1")
    assert len(document.status) == 0


def test_shutdown_lock(document: cib.Document) -> None:
    """A resource would not be locked to its node while that is down for maintenance, or for ever."""
    status.record_operation(document, "1", "n1", DUMMY, record("stop", 0))
    assert status.set_shutdown_lock(document, "1", "r", 1234)
    resource = status.resource_history(document, "1", "r")
    assert resource is not None
    assert resource.get("shutdown-lock") == "1234"
    assert status.set_shutdown_lock(document, "1", "r", None)
    assert resource.get("shutdown-lock") is None


def test_versions_rise() -> None:
    """Two different documents would have one version."""
    document = cib.Document.empty()
    assert str(cib.versions.raise_epoch(document, 0, origin="n1", user="root")) == "0.1.0"
    assert str(cib.versions.raise_updates(document)) == "0.1.1"
    assert str(cib.versions.raise_epoch(document, 0)) == "0.2.0"
    assert document.root.get("cib-last-written") == "Thu Jan  1 00:00:00 1970"
    assert document.root.get("update-origin") == "n1"


def test_rubbish_from_an_agent_is_recorded_as_text(document: cib.Document) -> None:
    """An agent's control characters would end the daemon, on every node at once."""
    [entry, _] = status.record_operation(document, "1", "n1", DUMMY, record("start", 1, exit_reason="a\x00\x1b[31mb"))
    assert entry.get("exit-reason") == "a??[31mb"
    status.set_attribute(document, "1", "n1", "x\x01", "\x02")
    assert status.attributes(document, "1") == {"x?": "?"}
