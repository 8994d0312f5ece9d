"""Our rules on dates beside Pacemaker's crm_rule, on random rules near their limits."""

from __future__ import annotations

import os
import random
import shutil
import subprocess

import pytest
from lxml import etree

from standfast import cib

CRM_RULE = shutil.which("crm_rule")

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(CRM_RULE is None, reason="crm_rule (pacemaker-cli-utils) is not installed"),
]

LENGTHS_S = {
    "years": 31_536_000, "months": 2_629_800, "weeks": 604_800, "days": 86_400, "hours": 3600, "minutes": 60,
    "seconds": 1,
}  # fmt: skip


def near(now_s: int, choose: random.Random) -> str:
    return cib.times.render_instant(now_s + choose.choice((0, 1, -1, 3600, choose.randrange(-(10**8), 10**8))))


def date_spec(now_s: int, choose: random.Random) -> str:
    now = cib.times.moment(now_s)
    week_year, week, weekday = now.isocalendar()
    fields = {"months": now.month, "monthdays": now.day, "hours": now.hour, "minutes": now.minute,
              "seconds": now.second, "yeardays": now.timetuple().tm_yday, "weekyears": week_year, "weeks": week,
              "weekdays": weekday}  # fmt: skip
    ranges = {"years": str(now.year)}  # crm_rule insists on a year
    for name in choose.sample(list(fields), choose.randint(1, 2)):
        value = max(0, fields[name] + choose.choice((0, 0, 0, 1, -1)))
        ranges[name] = choose.choice((str(value), f"{value}-{value + 1}", f"{max(value - 1, 0)}-{value}"))
    inner = " ".join(f"{name}='{value}'" for name, value in ranges.items())
    return f"<date_expression id='d' operation='date_spec'><date_spec id='s' {inner}/></date_expression>"


def with_duration(now_s: int, choose: random.Random) -> str:
    unit, count = choose.choice(list(LENGTHS_S)), choose.randint(1, 14)
    moved = choose.choice((0, 1, -1, choose.randrange(-200_000, 200_000)))
    start = cib.times.render_instant(now_s - LENGTHS_S[unit] * count + moved)
    return (f"<date_expression id='d' operation='in_range' start='{start}'><duration id='u' {unit}='{count}'/>"
            "</date_expression>")  # fmt: skip


def expression(now_s: int, choose: random.Random) -> str:
    match choose.choice(("spec", "spec", "duration", "range", "gt", "lt")):
        case "spec":
            return date_spec(now_s, choose)
        case "duration":
            return with_duration(now_s, choose)
        case "range":
            start, end = near(now_s, choose), near(now_s, choose)
            return f"<date_expression id='d' operation='in_range' start='{start}' end='{end}'/>"
        case "gt":
            return f"<date_expression id='d' operation='gt' start='{near(now_s, choose)}'/>"
    return f"<date_expression id='d' operation='lt' end='{near(now_s, choose)}'/>"


def theirs(document: cib.Document, now_s: int) -> bool:
    command = [str(CRM_RULE), "-c", "-r", "r", "-X", document.render().decode(),
               "-d", cib.times.render_instant(now_s)]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=os.environ | {"TZ": "UTC"}
    )
    assert done.returncode in (0, 110, 111, 113), done.stderr
    return done.returncode == 0


@pytest.mark.parametrize("seed", range(4))
def test_rules_hold_when_crm_rule_says_so(seed: int) -> None:
    """A dated constraint or option would change at another moment than an operator's crm_rule tells."""
    choose = random.Random(seed)
    verdicts = set()
    for _ in range(40):
        now_s = choose.randrange(1_500_000_000, 1_900_000_000)
        document = cib.Document.empty()
        document.section("resources").append(etree.Element("primitive", {"id": "a", "class": "lsb", "type": "x"}))
        text = expression(now_s, choose)
        document.section("constraints").append(
            etree.fromstring(f"<rsc_location id='l' rsc='a'><rule id='r' score='1'>{text}</rule></rsc_location>")
        )
        rule = document.find("r")
        assert rule is not None
        holds = cib.rules.evaluate(rule, cib.Context(now_s=now_s))
        assert holds == theirs(document, now_s), (cib.times.render_instant(now_s), text)
        verdicts.add(holds)
    assert verdicts == {True, False}
