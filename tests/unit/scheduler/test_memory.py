"""What is remembered from run to run."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from lxml import etree

from standfast import cib, scheduler
from standfast.daemons import feeding
from standfast.scheduler.actions import Action
from standfast.scheduler.working import Node, Resource

CASES = sorted((Path(__file__).parents[2] / "golden" / "scheduler").glob("*/input.xml"))
NOW_S = 1_700_000_000


def outcome(document: cib.Document, memory: scheduler.Memory | None = None) -> scheduler.Outcome:
    return scheduler.schedule(document, NOW_S, memory=memory)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parent.name)
def test_a_memory_changes_no_decision(case: Path) -> None:
    """A resident scheduler would decide otherwise than one that has just started."""
    document, _ = cib.upgrade.upgrade(cib.Document.parse(case.read_bytes()))
    memory = scheduler.Memory()
    first = outcome(document, memory)
    assert outcome(document, memory) == first == outcome(document)


def test_a_state_that_was_replaced_is_read_anew() -> None:
    """A failure would go unnoticed until another node's state changed the document as a whole."""
    held = cib.Document.parse(next(c for c in CASES if c.parent.name == "failed-member").read_bytes())
    sender, receiver, memory = feeding.Sender(), feeding.Receiver(), scheduler.Memory()
    before = outcome(receiver.take(sender.difference(held.render())), memory)
    for entry in held.root.iter("lrm_rsc_op"):
        entry.set("rc-code", "1")
        entry.set("transition-magic", entry.get("transition-magic", "").replace("0:0;", "0:1;").replace("0:7;", "0:1;"))
    text = held.render()
    after = outcome(receiver.take(sender.difference(text)), memory)
    assert after == outcome(cib.Document.parse(text))
    assert after != before


def test_what_is_gone_is_forgotten() -> None:
    """A resident scheduler would grow with every change of the configuration."""
    memory, state = scheduler.Memory(), etree.fromstring('<node_state uname="n1"/>')
    first = memory.histories(state)
    memory.next_run()
    assert memory.histories(state) is first
    memory.next_run()
    memory.next_run()
    assert memory.histories(state) is not first


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parent.name)
def test_a_run_leaves_nothing_to_the_garbage_collector(case: Path) -> None:
    """A resident scheduler would spend a tenth of its time on taking apart what it is done with."""
    document, _ = cib.upgrade.upgrade(cib.Document.parse(case.read_bytes()))
    gc.collect()
    gc.disable()
    try:
        outcome(document, scheduler.Memory())
        left = [one for one in gc.get_objects() if isinstance(one, Resource | Action | Node)]
    finally:
        gc.enable()
    assert not left
