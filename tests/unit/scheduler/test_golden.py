"""Golden cases: a cluster's document, and all that `crm_simulate` makes of it.

Each folder's `input.xml` begins with what the case is about. `GOLDEN_REWRITE=1` writes what is there now.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from lxml import etree

from standfast import cib, transition
from standfast.dialects import crm_simulate

CASES = Path(__file__).resolve().parents[2] / "golden" / "scheduler"
NOW_S = 1_700_000_000
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())


def simulate(text: bytes) -> dict[str, bytes]:
    """Return what is kept of a case, by file name."""
    document = cib.Document.parse(text)
    whole = crm_simulate.run(crm_simulate.parse(["-S", "-G", "graph"]), document, NOW_S)
    scores = crm_simulate.run(crm_simulate.parse(["-R", "-Q", "-s"]), document, NOW_S)
    assert whole.stderr == scores.stderr == ""
    return {
        "summary": whole.stdout.encode(),
        "scores": scores.stdout.encode(),
        "graph.xml": whole.files["save_graph"],
    }


@pytest.mark.parametrize("name", NAMES)
def test_golden(name: str) -> None:
    """A cluster would be treated otherwise than yesterday, and nobody would have decided so."""
    folder = CASES / name
    found = simulate((folder / "input.xml").read_bytes())
    if os.environ.get("GOLDEN_REWRITE"):
        for file, data in found.items():
            (folder / file).write_bytes(data)
    assert found == {file: (folder / file).read_bytes() for file in found}


@pytest.mark.parametrize("name", NAMES)
def test_golden_cases_say_what_they_are_about(name: str) -> None:
    """Whoever changes the scheduler could not tell whether a difference is meant."""
    first = (CASES / name / "input.xml").read_text().splitlines()[0]
    assert first.startswith("<!-- ")
    assert first.endswith(". -->")


@pytest.mark.parametrize("name", NAMES)
def test_golden_graphs_are_read_as_they_were_written(name: str) -> None:
    """A graph that was saved could not be looked at again."""
    data = (CASES / name / "graph.xml").read_bytes()
    graph = transition.xml.parse(data)
    assert transition.possible(graph) == (graph, ())
    assert len(graph.synapses) == len(etree.fromstring(data))
    assert transition.xml.render(graph) == data
