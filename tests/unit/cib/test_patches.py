"""Patchsets: what makes one document of another."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from standfast import cib
from standfast.cib import patches
from standfast.errors import ConfigError

TAGS = st.sampled_from(["primitive", "nvpair", "rule", "{urn:x}other"])
ATTRIBUTES = st.dictionaries(st.sampled_from(["name", "value", "score"]), st.sampled_from(["1", "a'b", '<"&\n>']))


def element(tag: str, name: str | None, attributes: dict[str, str], children: list[etree._Element]) -> etree._Element:
    made = etree.Element(tag)
    if name is not None:
        made.set("id", name)
    for key, value in attributes.items():
        made.set(key, value)
    made.extend(children)
    return made


COMMENTS = st.builds(etree.Comment, st.sampled_from(["first", "second"]))
LEAVES = st.builds(element, TAGS, st.none() | st.sampled_from(["a", "b", "c", "d", "it's"]), ATTRIBUTES, st.just([]))
TREES = st.recursive(
    LEAVES | COMMENTS,
    lambda inner: st.builds(
        element, TAGS, st.none() | st.sampled_from(["a", "b", "c", "d"]), ATTRIBUTES, st.lists(inner, max_size=6)
    ),
    max_leaves=25,
)
VERSIONS = st.sampled_from([{}, {"epoch": "4"}, {"epoch": "5", "num_updates": "1"}])
DOCUMENTS = st.builds(
    lambda version, children: cib.Document(element("cib", None, version, children)),
    VERSIONS,
    st.lists(TREES, max_size=6),
)


def text(document: cib.Document) -> bytes:
    return document.render()


def through_text(patchset: etree._Element) -> etree._Element:
    """Return the patchset as a peer reads it."""
    return etree.fromstring(etree.tostring(patchset))


@given(DOCUMENTS, DOCUMENTS)
@settings(max_examples=100, deadline=None)
def test_a_patch_makes_the_new_document_of_the_old(old: cib.Document, new: cib.Document) -> None:
    """A node that gets a patch would hold another document than its sender."""
    before = text(old)
    patchset = patches.diff(old, new)
    assert text(patches.apply(old, through_text(patchset))) == text(new)
    assert text(old) == before


@given(DOCUMENTS, st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_moves_and_removals_within_one_document(old: cib.Document, seed: int) -> None:
    """Reordering a group's members by a patch would give another order."""
    choose = random.Random(seed)
    new = old.copy()
    for parent in [e for e in new.root.iter() if len(e) > 1]:
        children = list(parent)
        choose.shuffle(children)
        parent[:] = children[: choose.randint(1, len(children))]
    assert text(patches.apply(old, through_text(patches.diff(old, new)))) == text(new)


def test_equal_documents_need_no_change() -> None:
    """Every status change would carry the whole configuration."""
    document = cib.Document.empty("x")
    assert patches.diff(document, document.copy()).findall("change") == []


def test_one_moved_child_is_one_move() -> None:
    """Moving one resource would rewrite all resources in every log and on every wire."""
    old = cib.Document.parse('<cib><r id="1"/><r id="2"/><r id="3"/><r id="4"/></cib>')
    new = cib.Document.parse('<cib><r id="2"/><r id="3"/><r id="4"/><r id="1"/></cib>')
    [change] = patches.diff(old, new).findall("change")
    assert dict(change.attrib) == {"operation": "move", "path": "/cib/r[@id='1']", "position": "3"}


def test_format_is_pacemakers() -> None:
    """Pacemaker's tools could not read our patches."""
    old = cib.Document.parse('<cib epoch="1"><configuration><a id="x" v="1" w="1"/><b id="y"/></configuration></cib>')
    new = cib.Document.parse('<cib epoch="2"><configuration><c/><a id="x" v="2"/></configuration></cib>')
    patchset = patches.diff(old, new)
    for name in ("digest", "crm_feature_set"):
        del patchset.attrib[name]
    assert etree.tostring(patchset).decode() == (
        '<diff format="2"><version><source admin_epoch="0" epoch="1" num_updates="0"/>'
        '<target admin_epoch="0" epoch="2" num_updates="0"/></version>'
        '<change operation="delete" path="/cib/configuration/b[@id=\'y\']"/>'
        '<change operation="modify" path="/cib"><change-list><change-attr name="epoch" operation="set" value="2"/>'
        '</change-list><change-result><cib epoch="2"/></change-result></change>'
        '<change operation="create" path="/cib/configuration" position="0"><c/></change>'
        '<change operation="modify" path="/cib/configuration/a[@id=\'x\']"><change-list>'
        '<change-attr name="v" operation="set" value="2"/><change-attr name="w" operation="unset"/></change-list>'
        '<change-result><a id="x" v="2"/></change-result></change></diff>'
    )


def test_a_patch_for_another_version_is_refused() -> None:
    """A patch would be applied to a document that it was not made for."""
    old, new = cib.Document.parse('<cib epoch="1"/>'), cib.Document.parse('<cib epoch="2"><a/></cib>')
    patchset = patches.diff(old, new)
    with pytest.raises(ConfigError) as caught:
        patches.apply(new, patchset)
    assert caught.value.reports[0].code == "cib.patch-outdated"
    assert patches.versions(patchset) == (cib.Version(0, 1, 0), cib.Version(0, 2, 0))


def test_a_patch_that_does_not_fit_changes_nothing_and_names_every_misfit() -> None:
    """Half of a patch would be applied, or only the first problem told."""
    document = cib.Document.parse('<cib><a id="1"/></cib>')
    before = text(document)
    patchset = etree.fromstring(
        '<diff format="2"><change operation="delete" path="/cib/a[@id=\'1\']"/>'
        '<change operation="delete" path="/cib/b"/><change operation="modify" path="/cib/c"/>'
        '<change operation="paint" path="/cib"/></diff>'
    )
    with pytest.raises(ConfigError) as caught:
        patches.apply(document, patchset)
    assert len(caught.value.reports) == 3
    assert text(document) == before


def test_a_wrong_digest_is_refused() -> None:
    """Two nodes whose documents had drifted apart would go on without knowing."""
    old, new = cib.Document.parse("<cib><a/></cib>"), cib.Document.parse("<cib><b/></cib>")
    patchset = patches.diff(old, new)
    with pytest.raises(ConfigError) as caught:
        patches.apply(cib.Document.parse("<cib><a/><z/></cib>"), patchset)
    assert caught.value.reports[0].code == "cib.patch-digest"


def test_digest_leaves_out_who_wrote() -> None:
    """The same content written by two nodes would count as different."""
    one, two = cib.Document.parse('<cib update-origin="n1"/>'), cib.Document.parse('<cib update-origin="n2"/>')
    assert patches.digest(one) == patches.digest(two)
