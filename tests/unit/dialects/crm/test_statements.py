"""Reading statements: what is understood, and what is said of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from standfast.dialects.crm import nouns, read, read_words, statements
from standfast.errors import Severity

SAMPLES = Path(__file__).parent / "samples"


def xml(text: str) -> str:
    (command,) = read(text).commands
    assert isinstance(command, nouns.Define)
    return etree.tostring(command.element, encoding="unicode")


def findings(text: str) -> list[str]:
    return [f"{r.place.line}:{r.place.column} {r.code}" for r in read(text, "f").reports]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("primitive a Dummy", '<primitive id="a" class="ocf" provider="heartbeat" type="Dummy"/>'),
        ("PRIMITIVE a ping", '<primitive id="a" class="ocf" provider="pacemaker" type="ping"/>'),
        ("primitive a lsb:mysqld", '<primitive id="a" class="lsb" type="mysqld"/>'),
        (
            "primitive a Dummy ip=1 op start",
            (
                '<primitive id="a" class="ocf" provider="heartbeat" type="Dummy"><instance_attributes><nvpair '
                'name="ip" value="1"/></instance_attributes><operations><op name="start" interval="0"/></operations>'
                "</primitive>"
            ),
        ),
        (
            "primitive a Dummy op monitor interval=10 depth=1 timeout=5",
            (
                '<primitive id="a" class="ocf" provider="heartbeat" type="Dummy"><operations><op name="monitor" '
                'interval="10" timeout="5"><instance_attributes><nvpair name="depth" value="1"/></instance_attributes>'
                "</op></operations></primitive>"
            ),
        ),
        (
            "location l a -inf: n1",
            '<rsc_location id="l" rsc="a" score="-INFINITY" node="n1"/>',
        ),
        (
            "location l a role=master 100: n1",
            '<rsc_location id="l" rsc="a" role="Master" score="100" node="n1"/>',
        ),
        (
            "location l a rule pingd: defined pingd",
            (
                '<rsc_location id="l" rsc="a"><rule score-attribute="pingd"><expression operation="defined" '
                'attribute="pingd"/></rule></rsc_location>'
            ),
        ),
        (
            "collocation c advisory: a:Promoted b node-attribute=Rack",
            '<rsc_colocation id="c" score="0" node-attribute="Rack" rsc="a" rsc-role="Promoted" with-rsc="b"/>',
        ),
        (
            "order o inf: (a b) c:promote symmetrical=no",
            (
                '<rsc_order id="o" kind="Mandatory" symmetrical="false"><resource_set sequential="false"><resource_ref '
                'id="a"/><resource_ref id="b"/></resource_set><resource_set action="promote"><resource_ref id="c"/>'
                "</resource_set></rsc_order>"
            ),
        ),
        ("order o 0: a b", '<rsc_order id="o" kind="Optional" first="a" then="b"/>'),
        ("order o a b", '<rsc_order id="o" first="a" then="b"/>'),
        (
            "rsc_ticket t T: a:Master loss-policy=fence",
            '<rsc_ticket id="t" ticket="T" loss-policy="fence" rsc="a" rsc-role="Master"/>',
        ),
        ("acl_target joe admin", '<acl_target id="joe"><role id="admin"/></acl_target>'),
        ("user joe role:admin", '<acl_target id="joe"><role id="admin"/></acl_target>'),
        (
            "bundle b podman image=i replicas=2 network ip-range-start=10.0.0.1 port-mapping port=80",
            (
                '<bundle id="b"><podman image="i" replicas="2"/><network ip-range-start="10.0.0.1"><port-mapping '
                'port="80"/></network></bundle>'
            ),
        ),
    ],
)
def test_a_statement_becomes_its_element(text: str, expected: str) -> None:
    """If this failed, the cluster would be configured otherwise than it was written."""
    assert xml(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("primitve a Dummy", ["1:1 crm.command"]),
        ("primitive", ["1:10 crm.incomplete"]),
        ("primitive a", ["1:12 crm.incomplete"]),
        ("primitive 1a Dummy", ["1:11 crm.id"]),
        ("primitive a ocf:x:y:z", ["1:13 crm.agent"]),
        ("primitive a ofc:heartbeat:Dummy", ["1:13 crm.agent-class"]),
        ("primitive a Dummy parms ip=1", ["1:19 crm.unexpected"]),
        ("primitive a Dummy op monitr interval=10", ["1:22 crm.operation"]),
        (
            "primitive a Dummy parms x=1 op monitr meat y=1",
            ["1:19 crm.unexpected", "1:32 crm.operation", "1:39 crm.keyword"],
        ),
        ("primitive a Dummy op interval=10", ["1:22 crm.operation"]),
        ("primitive a Dummy meta x: a=b", ["1:24 crm.score"]),
        ("primitive a Dummy operations op monitor", ["1:30 crm.operations"]),
        ("primitive a Dummy params rule #uname eqq n1 a=b", ["1:38 crm.operator"]),
        ("primitive a Dummy params rule a eq 1 and b eq 2 or c eq 3", ["1:49 crm.mixed-operators"]),
        ("primitive a Dummy params rule date soon 2026", ["1:36 crm.operator"]),
        ("primitive a Dummy params rule date spec 5", ["1:36 crm.date"]),
        ("group g", ["1:8 crm.empty"]),
        ("group g a a", ["1:11 crm.twice"]),
        ("clone c a b", ["1:11 crm.unexpected"]),
        ("location l a", ["1:13 crm.location"]),
        ("location l a colour=red 1: n", ["1:14 crm.location"]),
        ("location l a lots: n1", ["1:14 crm.score"]),
        ("location l { a b 1: n", ["1:12 crm.bracket"]),
        ("colocation c a b", ["1:14 crm.score"]),
        ("colocation c inf: a:Mster b", ["1:19 crm.choice"]),
        ("order o Madatory: a b", ["1:9 crm.choice"]),
        ("order o inf: a ( b c", ["1:16 crm.bracket"]),
        ("order o inf: a ( b ] c", ["1:20 crm.bracket"]),
        ("order o inf: a b ) c", ["1:18 crm.bracket"]),
        ("order o inf: a ( ) c", ["1:18 crm.empty"]),
        ("order o inf: a b c sequental=true", ["1:20 crm.set-attribute"]),
        ("order o inf: a ( b c sequential=perhaps )", ["1:22 crm.boolean"]),
        ("order o inf: a:run b c", ["1:14 crm.choice"]),
        ("order o", ["1:8 crm.incomplete"]),
        ("rsc_ticket t a", ["1:14 crm.ticket"]),
        ("rsc_ticket t T: a loss-policy=die", ["1:19 crm.choice"]),
        ("property", ["1:9 crm.empty"]),
        ("property a", ["1:10 crm.empty", "1:10 crm.unexpected"]),
        ("property a=", ["1:10 crm.value"]),
        ("node a b", ["1:8 crm.unexpected"]),
        ("fencing_topology n1:", ["1:21 crm.empty"]),
        ("fencing_topology n1: a,,b", ["1:22 crm.devices"]),
        ("tag t", ["1:6 crm.empty"]),
        ("role r reed status", ["1:8 crm.permission"]),
        ("role r read", ["1:8 crm.permission"]),
        ("role r read meta", ["1:13 crm.shortcut"]),
        ("role r read attribute:x", ["1:8 crm.permission"]),
        ("user joe read status", ["1:10 crm.user"]),
        ("alert a /x to { b", ["1:18 crm.bracket"]),
        ("xml <a", ["1:5 crm.xml"]),
        ("xml <colour/>", ["1:5 crm.xml"]),
        ("delete", ["1:7 crm.incomplete"]),
        ("modgroup g put a", ["1:12 crm.modgroup"]),
        ("set a 5", ["1:5 crm.path"]),
    ],
)
def test_each_mistake_is_found_where_it_is(text: str, expected: list[str]) -> None:
    """If this failed, a typing mistake would be taken for something else or be reported at the wrong place."""
    assert findings(text) == expected


def test_messages_say_what_was_read_and_what_was_expected() -> None:
    """If this failed, people would have to guess what is wrong with their file."""
    (report,) = read("primitve a Dummy", "web.crm").reports
    assert str(report).startswith("web.crm:1:1: error: 'primitve' is no command (expected primitive) [crm.command]")
    (report,) = read("colocation c inf: a:Mster b", "web.crm").reports
    assert "'Mster' is no role (expected Master, or one of: Stopped, " in str(report)


def test_ten_mistakes_give_ten_reports() -> None:
    """If this failed, a file would have to be mended one message at a time."""
    script = read((SAMPLES / "ten-mistakes.crm").read_text(), "ten-mistakes.crm")
    assert sorted((r.place.line, r.code) for r in script.reports) == [
        (2, "crm.agent-class"),
        (3, "crm.unexpected"),
        (4, "crm.operation"),
        (5, "crm.command"),
        (6, "crm.twice"),
        (8, "crm.operator"),
        (9, "crm.score"),
        (10, "crm.bracket"),
        (11, "crm.value"),
        (12, "crm.quote-open"),
    ]


def test_a_role_in_an_order_is_read_as_its_action_with_a_warning() -> None:
    """If this failed, the notebook's own order of the DRBD stack could not be loaded."""
    script = read("order o mandatory: ms_mysql_drbd:Master (mystore:start myip:start) myserver:start")
    (report,) = script.reports
    assert (report.severity, report.code) == (Severity.WARNING, "crm.role-for-action")
    (command,) = script.commands
    assert isinstance(command, nouns.Define)
    sets = [(s.get("action"), s.get("sequential"), [r.get("id") for r in s]) for s in command.element]
    assert sets == [
        ("promote", None, ["ms_mysql_drbd"]),
        ("start", "false", ["mystore", "myip"]),
        ("start", None, ["myserver"]),
    ]


def test_arguments_of_a_command_are_words_as_they_are() -> None:
    """If this failed, a value with blanks given on the command line would be split."""
    script = read_words(["primitive", "a", "Dummy", "params", "text=two words", "quote=it's"])
    (command,) = script.commands
    assert isinstance(command, nouns.Define)
    assert [p.get("value") for p in command.element.iter("nvpair")] == ["two words", "it's"]


def test_what_could_not_be_read_is_named() -> None:
    """If this failed, one mistake would bring a second message at each place that names the object."""
    script = read("primitive a Dummy op monitr\ngroup g a")
    assert script.unread == {"a"}
    assert len(script.reports) == 1


def test_commands_of_the_shell_that_change_nothing_are_accepted() -> None:
    """If this failed, a session's recorded input could not be loaded."""
    assert read("commit\nend\nverify\n").reports == ()


_WORDS = st.sampled_from(
    [*statements.COMMANDS, "a", "b:", "inf:", "-inf:", "params", "meta", "op", "monitor", "rule", "date", "in", "spec",
     "$id=x", "$id-ref=y", "@t", "a=b", "a=", "(", ")", "[", "]", "{", "}", "and", "or", "eq", "#uname", "defined",
     "to", "select", "attributes", "read", "meta:a:b", "docker", "storage-mapping", "\\\n", "\n", '"', "xml", "<a/>"]
)  # fmt: skip


@settings(max_examples=400)
@given(st.lists(_WORDS, max_size=14))
def test_any_words_are_read_or_reported(words: list[str]) -> None:
    """If this failed, a strange file would crash the command instead of being refused."""
    script = read(" ".join(words), "f")
    assert all(r.place.line >= 1 for r in script.reports)
