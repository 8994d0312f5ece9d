"""The ring of saved scheduler inputs."""

from __future__ import annotations

import bz2
from pathlib import Path

import pytest

from standfast import cib
from standfast.daemons import inputs


def test_each_series_counts_for_itself(tmp_path: Path) -> None:
    """A bug report would hold the wrong input."""
    kept = inputs.Inputs(tmp_path / "pengine")
    paths = [kept.keep(text, severity) for text, severity in ((b"a", "normal"), (b"b", "error"), (b"c", "normal"))]
    assert [p.name for p in paths if p] == ["pe-input-0.bz2", "pe-error-0.bz2", "pe-input-1.bz2"]
    assert [bz2.decompress(p.read_bytes()) for p in paths if p] == [b"a", b"b", b"c"]


def test_a_new_daemon_goes_on_where_the_old_one_ended(tmp_path: Path) -> None:
    """A restart would overwrite the inputs of the failure that led to it."""
    inputs.Inputs(tmp_path).keep(b"a", "warning")
    assert inputs.Inputs(tmp_path).keep(b"b", "warning") == tmp_path / "pe-warn-1.bz2"


@pytest.mark.parametrize(
    ("limit", "last", "names"), [(3, 2, ["2", "0"]), (3, 7, ["0", "1"]), (-1, 9999, ["9999", "10000"])]
)
def test_a_series_goes_round_at_its_limit(tmp_path: Path, limit: int, last: int, names: list[str]) -> None:
    """The disk would fill with inputs; or the few that show errors would be lost."""
    (tmp_path / "pe-warn.last").write_text(f"{last}\n")
    kept = inputs.Inputs(tmp_path)
    found = [kept.keep(b"x", "warning", limit) for _ in range(2)]
    assert [path.name for path in found if path is not None] == [f"pe-warn-{name}.bz2" for name in names]
    assert (tmp_path / "pe-warn.last").read_text() == f"{int(names[1]) + 1}\n"


def test_a_series_of_none_keeps_none(tmp_path: Path) -> None:
    """Whoever switches the series off would still find files."""
    assert inputs.Inputs(tmp_path / "new").keep(b"x", "normal", 0) is None
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(("severity", "expected"), [("normal", 4000), ("warning", 7), ("error", -1)])
def test_the_configuration_says_how_many(severity: str, expected: int) -> None:
    """An operator's limit would not count."""
    document = cib.Document.parse(
        '<cib><configuration><crm_config><cluster_property_set id="o">'
        '<nvpair id="w" name="pe-warn-series-max" value="7"/></cluster_property_set></crm_config></configuration></cib>'
    )
    assert inputs.limit(document, severity) == expected


def test_an_input_knows_its_time() -> None:
    """A rule by date would be answered otherwise when the input is looked at later."""
    assert (
        inputs.dated(b'<?xml version="1.0"?>\n<cib a="1"/>', 5)
        == b'<?xml version="1.0"?>\n<cib execution-date="5" a="1"/>'
    )
    for text in (b'<cib execution-date="3"/>', b"x"):
        assert inputs.dated(text, 5) == text


def test_a_damaged_counter_begins_anew(tmp_path: Path) -> None:
    """A torn file would keep the DC from keeping anything."""
    (tmp_path / "pe-input.last").write_text("\0\0")
    assert inputs.Inputs(tmp_path).keep(b"x", "normal") == tmp_path / "pe-input-0.bz2"
