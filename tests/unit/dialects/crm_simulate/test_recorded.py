"""What Pacemaker 2.1.5's `crm_simulate` printed for documents of ours.

`samples/index.tsv` names them: the file, the golden case, the options.

Two things differ on purpose: newer Pacemaker names a function otherwise, and has no times where the history has none.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from standfast import cib
from standfast.dialects import crm_simulate

HERE = Path(__file__).resolve().parent / "samples"
GOLDEN = Path(__file__).resolve().parents[3] / "golden" / "scheduler"
NOW_S = 1_700_000_000
CASES = [line.split("\t") for line in (HERE / "index.tsv").read_text().splitlines()]


def newer(text: str) -> str:
    """Return a recorded text as Pacemaker 3.0 would have it."""
    return text.replace("pcmk__finalize_assignment", "pcmk__assign_resource")


@pytest.mark.parametrize(("name", "case", "options"), CASES, ids=[name for name, _, _ in CASES])
def test_it_is_printed_as_pacemaker_prints_it(name: str, case: str, options: str) -> None:
    """Scripts that read the output of Pacemaker's crm_simulate would break."""
    document = cib.Document.parse((GOLDEN / case / "input.xml").read_bytes())
    arguments = crm_simulate.parse(["-x", "input.xml", *options.split()])
    output = crm_simulate.run(arguments, document, NOW_S)
    found = output.files["save_dotfile"].decode() if arguments.save_dotfile else output.stdout
    assert found.replace(' queued="0" exec="0"', "") == newer((HERE / name).read_text())
