"""What a migration may have brought to a node."""

from __future__ import annotations

import pytest

from standfast import agents, cib, executor
from standfast.cib import status
from standfast.controller import arrivals, histories, messages
from standfast.controller.replica import Member, Replica

LIFE = messages.Incarnation("boot", "life")
AGENT = agents.AgentName("ocf", "VirtualDomain", "heartbeat")
MOVE = {"migrate_source": "n1", "migrate_target": "n2"}


def ended(task: str, call: int, rc: int = 0, at_s: int = 100) -> executor.Result:
    operation = executor.Operation("vm", AGENT, task, 0, 20_000, f"{call}:1:{rc}:u", meta=MOVE)
    return executor.Result(operation, call, rc, agents.ExecutionStatus.DONE, last_run_wall_s=at_s)


def state() -> Replica:
    document = cib.Document.empty("test")
    for number, name in enumerate(("n1", "n2"), 1):
        document.section("nodes").append(cib.Document.parse(f'<node id="{number}" uname="{name}"/>').root)
    return Replica(document, members={n: Member(n, f"n{n}", LIFE, 1, known=True) for n in (1, 2)}, quorate=True)


def tell(replica: Replica, node: str, *results: executor.Result) -> None:
    histories.results(replica, messages.Results(node, LIFE, results, 5))


@pytest.mark.parametrize("arrived", [False, True])
def test_what_may_have_come_is_probed_when_its_source_forgets(arrived: bool) -> None:
    """The target's older word that it does not run there would be believed, and it be started a second time."""
    replica = state()
    tell(replica, "n2", ended("monitor", 1, 7, at_s=50))
    tell(replica, "n1", ended("start", 1, at_s=60), ended("migrate_to", 2, at_s=100))
    if arrived:
        tell(replica, "n2", ended("migrate_from", 2, at_s=101))
    arrivals.forget(replica, "1")
    assert (status.resource_history(replica.document, "2", "vm") is not None) is arrived


def test_the_target_forgets_what_it_knew_when_something_is_sent_to_it() -> None:
    """Its daemon would tell, after a restart, that what has come meanwhile does not run there."""
    operation = executor.Operation("vm", AGENT, "migrate_to", 0, 20_000, "1:1:0:u", meta=MOVE)
    applied = histories.order(state(), messages.Order("n1", "n1", operation, 5))
    assert applied.forgotten == (("n2", "vm"),)


@pytest.mark.parametrize("migratable", [True, False])
def test_a_joiner_is_probed_for_what_may_have_been_sent_to_it(migratable: bool) -> None:
    """A node that hung while something migrated to it would tell that it does not run there."""
    replica = state()
    meta = '<nvpair id="m" name="allow-migrate" value="true"/>' if migratable else ""
    text = f'<primitive id="vm"><meta_attributes id="a">{meta}</meta_attributes></primitive>'
    replica.document.section("resources").append(cib.Document.parse(text).root)
    replica.members[2].known = False
    histories.bring(replica, messages.History("n2", LIFE, (ended("monitor", 1, 7),), (), 5))
    assert replica.members[2].known
    assert (status.resource_history(replica.document, "2", "vm") is None) is migratable
