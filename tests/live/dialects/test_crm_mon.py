"""Pacemaker's own crm_mon and schema as referees of ours."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from lxml import etree

from standfast import cib, scheduler
from standfast.dialects import crm_mon

SAMPLE = Path(__file__).parents[2] / "unit/dialects/crm_mon/samples/web.xml"
SCHEMA = Path("/usr/share/pacemaker/api/api-result.rng")

pytestmark = pytest.mark.live


def version() -> str:
    """Return what the crm_mon of this machine says it is; empty if there is none."""
    if shutil.which("crm_mon") is None:
        return ""
    return subprocess.run(["crm_mon", "--version"], capture_output=True, text=True, timeout=60, check=False).stdout


def ours(view: crm_mon.View, form: str) -> str:
    document = cib.Document.parse(SAMPLE.read_bytes())
    return getattr(crm_mon, form)(scheduler.state(document, view.now_s), document, view)


@pytest.mark.skipif(not SCHEMA.exists(), reason="Pacemaker's schemas are not installed")
def test_the_xml_is_valid_by_pacemakers_schema() -> None:
    """If this failed, programs that check crm_mon's XML would refuse ours."""
    fenced = crm_mon.FenceEvent("failed", "reboot", "n3", "standfastd", "n1", "n2", 1700000000, "No such device")
    schema = etree.RelaxNG(etree.parse(str(SCHEMA)))
    text = ours(crm_mon.View(1700000100, offset_s=3600, fencing=(fenced,)), "xml")
    assert schema.validate(etree.fromstring(text)), schema.error_log


@pytest.mark.skipif("2.1.5" not in version(), reason="Pacemaker 2.1.5's crm_mon is not installed")
@pytest.mark.parametrize(("form", "options"), [("text", ["--inactive"]), ("xml", ["--output-as=xml"])])
def test_crm_mon_says_the_same_of_the_same_document(form: str, options: list[str]) -> None:
    """If this failed, people would read another cluster here than with Pacemaker's own tool."""
    environment = os.environ | {"CIB_file": str(SAMPLE), "TZ": "UTC"}
    command = ["crm_mon", "-1", *options]
    theirs = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True).stdout
    mine = ours(crm_mon.View(int(time.time()), version="2.1.5"), form)
    moving = ("Last updated", "last_update", "<pacemaker-result")
    assert [line for line in mine.splitlines() if not any(m in line for m in moving)] == [
        line for line in theirs.splitlines() if not any(m in line for m in moving)
    ]
