"""The document and its templates."""

from __future__ import annotations

import pytest

from standfast import cib
from standfast.errors import ConfigError

TEMPLATED = """<cib epoch="3" num_updates="2" admin_epoch="1"><configuration><resources>
 <template id="t" class="ocf" provider="heartbeat" type="Dummy">
  <meta_attributes id="shared"><nvpair id="sn" name="a" value="template"/></meta_attributes>
  <operations><op id="t-m" name="monitor" interval="10s"/><op id="t-s" name="start" interval="0"/></operations>
 </template>
 <primitive id="p" template="t"><meta_attributes id="own"><nvpair id="pn" name="a" value="own"/></meta_attributes>
  <operations><op id="p-m" name="monitor" role="Started" interval="30s"/></operations></primitive>
 </resources><tags><tag id="g"><obj_ref id="p"/><obj_ref id="q"/></tag></tags></configuration></cib>"""


def test_template_is_merged_under_the_primitive() -> None:
    """A resource made from a template would run with the template's monitor, or without its agent."""
    document = cib.Document.parse(TEMPLATED)
    primitive = document.find("p")
    assert primitive is not None
    effective = document.effective(primitive)
    assert (effective.get("id"), effective.get("type"), effective.tag) == ("p", "Dummy", "primitive")
    assert [op.get("id") for op in effective.iter("op")] == ["p-m", "t-s"]
    assert cib.nvpairs.unpack(effective, "meta_attributes") == {"a": "own"}
    assert document.render() == cib.Document.parse(TEMPLATED).render()


def test_a_shared_set_in_a_template_is_resolved() -> None:
    """A template that shares a set by `id-ref` would lose it, because the effective element has no document."""
    text = TEMPLATED.replace('<operations><op id="t-m"', '<meta_attributes id-ref="other"/><operations><op id="t-m"')
    shared = '<meta_attributes id="other"><nvpair id="on" name="b" value="1"/></meta_attributes>'
    text = text.replace("</resources>", f'<primitive id="z">{shared}</primitive></resources>')
    document = cib.Document.parse(text)
    primitive = document.find("p")
    assert primitive is not None
    assert cib.nvpairs.unpack(document.effective(primitive), "meta_attributes") == {"a": "own", "b": "1"}


def test_empty_document_has_the_required_sections() -> None:
    """A new cluster would begin with a document that Pacemaker's tools refuse."""
    document = cib.Document.empty("web")
    assert [e.tag for e in document.configuration] == ["crm_config", "nodes", "resources", "constraints"]
    assert document.version == cib.Version(0, 0, 0)
    options = cib.nvpairs.unpack(document.section("crm_config"), cib.nvpairs.PROPERTIES, first=cib.BOOTSTRAP_OPTIONS)
    assert options == {"cluster-name": "web"}


def test_version_tags_and_sections() -> None:
    """Copies would be compared by a wrong version, or a tag would name nothing."""
    document = cib.Document.parse(TEMPLATED)
    assert str(document.version) == "1.3.2"
    assert cib.Version(1, 2, 9) < document.version < cib.Version(1, 3, 3)
    assert document.tags() == {"g": ("p", "q")}
    assert document.section("alerts").tag == "alerts"
    assert document.find("nothing") is None


def test_text_that_is_no_xml_is_refused_with_its_line() -> None:
    """An operator would not learn where the text breaks."""
    with pytest.raises(ConfigError) as caught:
        cib.Document.parse("<cib>\n<configuration>\n</cib>", "x.xml")
    assert (caught.value.reports[0].place.file, caught.value.reports[0].place.line) == ("x.xml", 3)


def test_entities_are_not_expanded(tmp_path: object) -> None:
    """A document from outside could read this machine's files or eat its memory."""
    text = '<!DOCTYPE cib [<!ENTITY x SYSTEM "file:///etc/passwd">]><cib><configuration>&x;</configuration></cib>'
    assert b"root:" not in cib.Document.parse(text).render()


@pytest.mark.parametrize("data", [b"", b"\0\0", b"\xff\xfe", "\ud800", "<a/><b/>", b"<cib " * 1000, "<a>" * 5000])
def test_rubbish_is_refused_with_a_report(data: bytes | str) -> None:
    """A peer's or a client's bytes would end the daemon."""
    with pytest.raises(ConfigError) as caught:
        cib.Document.parse(data)
    assert caught.value.reports[0].code == "cib.not-xml"


def test_versions_that_are_none_count_as_zero() -> None:
    """A file with `epoch="abc"` would end the tool that reads it."""
    assert cib.Document.parse('<cib epoch="abc" num_updates="-4"/>').version == cib.Version(0, 0, 0)


def test_a_template_that_refers_to_itself_is_expanded_once() -> None:
    """One nonsensical template would end every daemon that schedules."""
    shared = '<meta_attributes id="s"><rule id="ra"><rule id-ref="ra"/></rule></meta_attributes>'
    text = TEMPLATED.replace('<meta_attributes id="shared">', shared + '<meta_attributes id="shared">')
    document = cib.Document.parse(text)
    primitive = document.find("p")
    assert primitive is not None
    assert len(list(document.effective(primitive).iter("rule"))) == 2
