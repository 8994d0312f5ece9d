"""What is wrong with a corosync.conf, and what Corosync makes of it."""

from pathlib import Path

import pytest

from standfast.dialects import corosync
from standfast.errors import ConfigError

SAMPLES = Path(__file__).parent / "samples"
NODES = """nodelist {
 node {
  name: n1
  nodeid: 1
  ring0_addr: 10.0.0.1
 }
 node {
  name: n2
  nodeid: 2
  ring0_addr: 10.0.0.2
 }
}
"""


def found(text: str) -> dict[str, corosync.Fate]:
    return {f.report.code.removeprefix("corosync."): f.fate for f in corosync.check(corosync.read(text))}


def conf(totem: str = "", quorum: str = "provider: corosync_votequorum", nodes: str = NODES) -> str:
    return f"totem {{\nversion: 2\n{totem}\n}}\n{nodes}quorum {{\n{quorum}\n}}\n"


def sample(name: str) -> corosync.Tree:
    return corosync.read((SAMPLES / name).read_text(), name)


def test_ten_mistakes_get_ten_messages_with_place_and_cure() -> None:
    """An operator would mend a file in ten rounds."""
    findings = corosync.check(sample("ten-mistakes.conf"))
    places = [(f.report.code, f.report.place.line) for f in findings]
    assert places == [
        ("corosync.choice", 2), ("corosync.choice", 5), ("corosync.unknown-key", 6), ("corosync.number", 7),
        ("corosync.address", 13), ("corosync.nodeid-twice", 17), ("corosync.last-man-window", 23),
        ("corosync.unclosed", 32), ("corosync.choice", 33), ("corosync.choice", 35),
    ]  # fmt: skip
    assert all(f.report.expected and f.report.place.file == "ten-mistakes.conf" for f in findings)
    with pytest.raises(ConfigError) as refused:
        corosync.demand(sample("ten-mistakes.conf"))
    assert len(refused.value.reports) == len(findings)


def test_a_good_file_has_no_mistakes() -> None:
    """An operator would be sent to mend what is good."""
    assert corosync.check(sample("third.conf")) == ()
    assert found(conf()) == {}


def test_former_generations_are_read_and_told_what_changed() -> None:
    """A file of Corosync 1 or 2 would be half ignored by Corosync 3, and nobody would know which half."""
    first, second = sample("first.conf"), sample("second.conf")
    assert (corosync.conf(first).generation, corosync.conf(second).generation) == (1, 2)
    assert [n.addresses for n in corosync.conf(first).nodes] == [{0: "192.168.7.1"}, {0: "192.168.7.2"}]
    said = {f.report.message.split()[2] for f in corosync.check(first) if "obsolete-section" in f.report.code}
    assert said == {"service", "amf", "aisexec"}
    assert "corosync.links-transport" in {f.report.code for f in corosync.check(second)}
    assert "corosync.link-twice" in {f.report.code for f in corosync.check(second)}


@pytest.mark.parametrize(
    ("text", "slug", "fate"),
    [
        (conf("token: 20"), "short", corosync.Fate.TEST),
        (conf("token: 100"), "retransmit", corosync.Fate.TEST),
        (conf("crypto_cipher: aes256"), "cipher-alone", corosync.Fate.TEST),
        (conf("transport: udpu\nsecauth: on"), "cipher-transport", corosync.Fate.TEST),
        (conf("secauth: yes"), "choice", corosync.Fate.IGNORED),
        (conf("interface {\nlinknumber: 0\n}\ninterface {\nlinknumber: 0\n}"), "link-twice", corosync.Fate.IGNORED),
        (conf("tken: 1"), "unknown-key", corosync.Fate.IGNORED),
        (conf("consensus: 40\njoin: 60"), "consensus-join", corosync.Fate.TEST),
        (conf(quorum=""), "provider", corosync.Fate.IGNORED),
        (conf(nodes=""), "nodelist", corosync.Fate.TEST),
        (conf(nodes=NODES.replace("nodeid: 2", "")), "nodeid", corosync.Fate.TEST),
        (conf(nodes=NODES.replace("10.0.0.2", "fd00::2")), "families", corosync.Fate.TEST),
        (conf(nodes=NODES.replace("ring0_addr: 10.0.0.2", "ring0_addr: 10.0.0.2\nring1_addr: 10.1.0.2")),
         "links-differ", corosync.Fate.TEST),
        (conf(nodes=NODES.replace("10.0.0.2", "167772162")), "address-short", corosync.Fate.IGNORED),
    ],
)  # fmt: skip
def test_each_mistake_has_its_fate(text: str, slug: str, fate: corosync.Fate) -> None:
    """An operator could not tell what stops Corosync from what it silently leaves out."""
    assert found(text)[slug] == fate


@pytest.mark.parametrize(
    ("options", "slug", "fate"),
    [
        ("two_node: 1\nauto_tie_breaker: 1", "two-node-tie", corosync.Fate.IGNORED),
        ("two_node: 1\nwait_for_all: 0", "two-node-alone", corosync.Fate.RISK),
        ("two_node: 1\ndevice {\nmodel: net\nnet {\nhost: q\n}\n}", "device-excludes", corosync.Fate.START),
        ("expected_votes: 3\ndevice {\nmodel: net\nnet {\nhost: q\n}\n}", "device-votes", corosync.Fate.START),
        ("auto_tie_breaker_node: 1", "tie-node", corosync.Fate.IGNORED),
        ("auto_tie_breaker: 1\nauto_tie_breaker_node: 7", "tie-node", corosync.Fate.IGNORED),
        ("last_man_standing: 1", "last-man-wait", corosync.Fate.RISK),
        ("expected_votes: 1", "expected-low", corosync.Fate.RISK),
    ],
)
def test_options_of_quorum_that_do_not_go_together(options: str, slug: str, fate: corosync.Fate) -> None:
    """A cluster would start without the protection that somebody had configured."""
    assert found(conf(quorum=f"provider: corosync_votequorum\n{options}"))[slug] == fate


def test_an_odd_tie_needs_everybody_first() -> None:
    """auto_tie_breaker would be off without a word, or Corosync would not start."""
    odd = NODES.replace("}\n}\n", "}\n node {\n  name: n3\n  nodeid: 3\n  ring0_addr: 10.0.0.3\n }\n}\n")
    alone = found(conf(quorum="provider: corosync_votequorum\nauto_tie_breaker: 1", nodes=odd))
    both = found(
        conf(quorum="provider: corosync_votequorum\nauto_tie_breaker: 1\nlast_man_standing: 1", nodes=odd)
    )  # fmt: skip
    assert (alone["tie-odd"], both["tie-odd"]) == (corosync.Fate.IGNORED, corosync.Fate.START)
