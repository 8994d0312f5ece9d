"""The crm shell itself reads the same texts."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from standfast import cib
from standfast.dialects import crm

SAMPLES = Path(__file__).parents[2] / "unit/dialects/crm/samples"
EMPTY = (
    '<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0">'
    '<configuration><crm_config/><nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes><resources/>'
    "<constraints/></configuration><status/></cib>"
)

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(shutil.which("crm") is None, reason="crmsh is not installed"),
    pytest.mark.skipif(os.geteuid() != 0, reason="crmsh wants root"),
]


PARTS = (
    "instance_attributes",
    "nvpair",
    "rule",
    "expression",
    "date_expression",
)  # a rendered text keeps not their ids


def canonical(element: etree._Element, *, with_ids: bool = True) -> Any:
    children = [canonical(c, with_ids=with_ids) for c in element if isinstance(c.tag, str)]
    if element.tag in ("configuration", "resources", "constraints", "acls", "alerts", "tags"):
        children.sort(key=repr)
    attributes = {k: v for k, v in element.attrib.items() if k != "id" or with_ids or element.tag not in PARTS}
    return (element.tag, tuple(sorted(attributes.items())), tuple(children))


def by_crmsh(tmp_path: Path, *texts: str) -> cib.Document:
    file = tmp_path / "cib.xml"
    file.write_text(EMPTY)
    for text in texts:
        (tmp_path / "text.crm").write_text(text)
        command = ["crm", "-F", "configure", "load", "update", str(tmp_path / "text.crm")]
        environment = os.environ | {"CIB_file": str(file)}
        subprocess.run(command, env=environment, capture_output=True, timeout=120, check=True)
    return cib.Document.parse(file.read_bytes())


def by_us(*texts: str) -> cib.Document:
    document = cib.Document.parse(EMPTY)
    for text in texts:
        document, _ = crm.change(document, crm.read(text, "sample"), crm.Method.UPDATE)
    return document


@pytest.mark.parametrize("names", [("notebook.crm",), ("everything.crm", "references.crm")])
def test_crmsh_makes_the_same_document(tmp_path: Path, names: tuple[str, ...]) -> None:
    """If this failed, a configuration would mean something else here than where it was written, down to its ids."""
    texts = [(SAMPLES / name).read_text() for name in names]
    theirs, ours = by_crmsh(tmp_path, *texts), by_us(*texts)
    assert canonical(ours.root[0]) == canonical(theirs.root[0])


@pytest.mark.parametrize("name", ["notebook.crm", "everything.crm"])
def test_crmsh_reads_what_we_render(tmp_path: Path, name: str) -> None:
    """If this failed, a configuration could not be taken back to the crm shell."""
    text = (SAMPLES / name).read_text().replace("@p0-state", "other=1")  # crmsh knows no names of later statements
    ours = by_us(text)
    theirs = by_crmsh(tmp_path, crm.render(ours))
    assert canonical(theirs.root[0], with_ids=False) == canonical(ours.root[0], with_ids=False)
