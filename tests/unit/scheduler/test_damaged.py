"""Documents with mistakes in them: whatever they say, there is a plan."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from standfast import cib, scheduler, transition

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "scheduler"
VALUES = ["", "0", "-1", "true", "INFINITY", "nonsense", "9" * 20, "5s", "Promoted", "#uname"]


def damage(root: etree._Element, data: st.DataObject) -> None:
    """Change, remove or take out something."""
    elements = [element for element in root.iter() if isinstance(element.tag, str) and element is not root]
    if not elements:
        return
    element = elements[data.draw(st.integers(0, len(elements) - 1))]
    names = sorted(str(name) for name in element.attrib)
    what = data.draw(st.sampled_from(["value", "attribute", "element"]))
    if what == "element" or not names:
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)
        return
    name = data.draw(st.sampled_from(names))
    if what == "value":
        element.set(name, data.draw(st.sampled_from(VALUES)))
    else:
        del element.attrib[name]


@pytest.mark.parametrize("name", ["bundle", "promotion-moves", "lost-node", "failed-guest", "lost-ticket", "sets"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_there_is_always_a_plan(small, name: str, data: st.DataObject) -> None:
    """One mistake in the configuration would leave the whole cluster unmanaged."""
    document = cib.Document.parse((GOLDEN / name / "input.xml").read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        damage(document.root, data)
    outcome = scheduler.schedule(document, small.now_s, draw=scheduler.Draw.EVERYTHING)
    assert transition.possible(outcome.graph) == (outcome.graph, ())
    assert transition.xml.render(outcome.graph)


@pytest.mark.parametrize(
    ("name", "xpath", "attribute"),
    [("bundle", ".//podman", "replicas"), ("promotion-moves", ".//clone/meta_attributes/nvpair", "value")],
)
def test_no_number_takes_all_memory(small, name: str, xpath: str, attribute: str) -> None:
    """One digit too many in the configuration would make every node's daemon unusable."""
    document = cib.Document.parse((GOLDEN / name / "input.xml").read_bytes())
    element = document.root.find(xpath)
    assert element is not None
    if name != "bundle":
        element.set("name", "clone-max")
    element.set(attribute, "9" * 20)
    assert len(scheduler.state(document, small.now_s).instances) <= 3000
