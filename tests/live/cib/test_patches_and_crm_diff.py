"""Our patchsets and those of Pacemaker's crm_diff, each applied by the other."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import etree

from standfast import cib
from standfast.cib import patches

CRM_DIFF = shutil.which("crm_diff")

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(CRM_DIFF is None, reason="crm_diff (pacemaker-cli-utils) is not installed"),
]


def document() -> cib.Document:
    """Return a configuration with 20 resources, constraints and a node's history."""
    made = cib.Document.empty("diff")
    made.root.set("epoch", "7")
    resources, constraints = made.section("resources"), made.section("constraints")
    for i in range(20):
        primitive = etree.SubElement(resources, "primitive", {"id": f"r{i}", "class": "ocf", "provider": "pacemaker",
                                                               "type": "Dummy"})  # fmt: skip
        pairs = etree.SubElement(primitive, "instance_attributes", id=f"r{i}-ia")
        for name in ("state", "fake", "delay"):
            etree.SubElement(pairs, "nvpair", id=f"r{i}-ia-{name}", name=name, value=str(i))
        etree.SubElement(constraints, "rsc_location", id=f"l{i}", rsc=f"r{i}", node="n1", score=str(i))
    cib.status.set_attribute(made, "1", "n1", "pingd", "100")
    return made


def changed(old: cib.Document, seed: int) -> cib.Document:
    """Return the document with children shuffled, removed, added and changed here and there."""
    choose = random.Random(seed)
    new = old.copy()
    for parent in [e for e in new.configuration.iter() if len(e) > 1 and choose.random() < 0.3]:
        children = list(parent)
        if parent is not new.configuration:
            choose.shuffle(children)
            children = children[choose.randint(0, 2) :]
        parent[:] = children
    for pair in list(new.root.iter("nvpair")):
        if choose.random() < 0.2:
            pair.set("value", f"new <&{choose.randint(0, 9)}")
    for i in range(choose.randint(0, 4)):
        at = choose.randint(0, len(new.section("resources")))
        new.section("resources").insert(at, etree.Element("primitive", {"id": f"x{i}", "class": "lsb", "type": "x"}))
    cib.versions.raise_epoch(new, 0)
    return new


def crm_diff(tmp_path: Path, old: cib.Document, *arguments: tuple[str, bytes]) -> subprocess.CompletedProcess[bytes]:
    command = [str(CRM_DIFF), "--cib"]
    for option, content in (("--original", old.render()), *arguments):
        file = tmp_path / option.strip("-")
        file.write_bytes(content)
        command += [option, str(file)]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)


def canonical(data: bytes) -> bytes:
    parser = etree.XMLParser(remove_blank_text=True)
    root = etree.fromstring(data, parser)
    root.attrib.pop("cib-last-written", "")
    return etree.tostring(root, method="c14n")


@pytest.mark.parametrize("seed", range(25))
def test_crm_diff_applies_our_patch(tmp_path: Path, seed: int) -> None:
    """A patch that we show or send could not be applied by Pacemaker's tools."""
    old = document()
    new = changed(old, seed)
    patchset = patches.diff(old, new)
    answer = crm_diff(tmp_path, old, ("--patch", etree.tostring(patchset)))
    assert answer.returncode == 0, answer.stderr
    assert canonical(answer.stdout) == canonical(new.render())


@pytest.mark.parametrize("seed", range(25))
def test_we_apply_the_patch_of_crm_diff(tmp_path: Path, seed: int) -> None:
    """A patch that crmsh or pcs makes with crm_diff would be refused, or give another document."""
    old = document()
    new = changed(old, seed)
    answer = crm_diff(tmp_path, old, ("--new", new.render()))
    assert answer.returncode == 1, answer.stderr  # 1: there are differences
    patchset = etree.fromstring(answer.stdout, etree.XMLParser(remove_blank_text=True))
    assert patchset.get("digest") == patches.digest(new)
    assert canonical(patches.apply(old, patchset).render()) == canonical(new.render())
