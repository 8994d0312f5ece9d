"""Verdicts: keepalived's order of events, check by check."""

import itertools
from collections.abc import Iterable

import pytest

from standfast.director import checks
from standfast.director.checks import Check, Checker, Result, Rhythm, first_delay_ms

RHYTHM = Rhythm(delay_loop_ms=10_000, retry=2, delay_before_retry_ms=1000)
GOOD, BAD = Result(True), Result(False, "refused")


def steps(checker: Checker, results: Iterable[Result]) -> list[tuple[int, bool]]:
    """Return after each result when the next probe is due, and whether the check is up."""
    return [(checker.judge(result).delay_ms, checker.up) for result in results]


def tcp(alpha: bool = False) -> Checker:
    """Return the state of a new TCP check."""
    return Checker(Check(checks.TcpCheck(), RHYTHM), up=not alpha)


def test_at_the_start_one_failure_takes_a_server_out() -> None:
    """If this failed, a director that starts beside dead servers would send clients to them for the retries' time."""
    assert steps(tcp(), [BAD]) == [(10_000, False)]


def test_after_a_success_retries_count() -> None:
    """If this failed, one lost packet would take a real server out."""
    assert steps(tcp(), [GOOD, BAD, BAD, BAD]) == [(10_000, True), (1000, True), (1000, True), (10_000, False)]


def test_a_success_between_failures_begins_the_retries_anew() -> None:
    """If this failed, failures of different days would add up to a removal."""
    found = steps(tcp(), [GOOD, BAD, BAD, GOOD, BAD, BAD])
    assert [up for _, up in found] == [True] * 6


def test_tcp_keeps_the_rhythm_of_retries_while_down() -> None:
    """If this failed, a server that is back would wait longer for its clients than under keepalived."""
    found = steps(tcp(), [BAD, BAD, BAD, GOOD])
    assert found == [(10_000, False), (1000, False), (1000, False), (10_000, True)]


@pytest.mark.parametrize("kind", [checks.SmtpCheck(), checks.DnsCheck()])
def test_others_are_tried_once_a_delay_loop_while_down(kind: checks.Kind) -> None:
    """If this failed, dead servers would be asked more often than configured."""
    checker = Checker(Check(kind, RHYTHM), up=True)
    assert steps(checker, [BAD, BAD, BAD]) == [(10_000, False)] * 3
    assert steps(checker, [GOOD, BAD]) == [(10_000, True), (1000, True)]


def test_alpha_is_down_until_the_first_success() -> None:
    """If this failed, a real server would get clients before anybody knows that it serves."""
    checker = tcp(alpha=True)
    assert not checker.up
    assert steps(checker, [BAD, GOOD]) == [(10_000, False), (10_000, True)]


def test_first_checks_are_spread_over_the_warm_up() -> None:
    """If this failed, five thousand checks would start in one moment, each delay loop again."""
    check = Check(checks.TcpCheck(), RHYTHM)
    delays = sorted(first_delay_ms(check, ordinal) for ordinal in range(1000))
    assert 1000 <= delays[0] < 1020
    assert 10_970 < delays[-1] < 11_000
    assert max(b - a for a, b in itertools.pairwise(delays)) < 40
    assert first_delay_ms(Check(checks.TcpCheck(), Rhythm(10_000, warmup_ms=0)), 7) == 1000


def http(urls: int = 1, alpha: bool = False, fast: bool = False) -> Checker:
    """Return the state of a new HTTP check with so many urls."""
    kind = checks.HttpCheck(urls=tuple(checks.Url(f"/{n}") for n in range(urls)), fast_recovery=fast)
    return Checker(Check(kind, Rhythm(10_000, 1, 3000)), up=not alpha)


def test_urls_are_asked_one_after_another() -> None:
    """If this failed, a server with many urls would be asked all of them at once."""
    checker, parts = http(3, alpha=True), []
    for _ in range(4):
        parts.append((checker.part, checker.up))
        assert checker.judge(GOOD).delay_ms == 10_000
    assert parts == [(0, False), (1, False), (2, False), (0, True)]


def test_a_failed_url_is_retried_alone_and_then_all_are_asked() -> None:
    """If this failed, one good url could bring a server back whose others fail."""
    checker = http(2)
    steps(checker, [GOOD, GOOD, GOOD])
    assert checker.part == 1
    assert steps(checker, [BAD, BAD]) == [(3000, True), (10_000, False)]
    assert checker.part == 1
    assert steps(checker, [BAD, GOOD]) == [(10_000, False), (10_000, False)]
    assert checker.part == 0
    assert steps(checker, [GOOD, GOOD]) == [(10_000, False), (10_000, True)]


def test_fast_recovery_asks_the_next_url_at_once() -> None:
    """If this failed, a server with ten urls would take ten delay loops to come back."""
    checker = http(2, fast=True)
    assert steps(checker, [BAD]) == [(10_000, False)]
    assert steps(checker, [GOOD, GOOD, GOOD]) == [(0, False), (0, False), (10_000, True)]


def test_http_s_first_failure_decides() -> None:
    """If this failed, a dead web server would be served from at the start."""
    assert steps(http(2), [GOOD, BAD]) == [(10_000, True), (10_000, False)]


def test_a_script_s_run_counts_into_its_delay() -> None:
    """If this failed, slow scripts would be run more rarely than configured."""
    checker = Checker(Check(checks.MiscCheck(checks.Script(("/bin/true",))), Rhythm(10_000, 0)), up=True)
    assert checker.judge(Result(True, number=0, took_ms=4000)).delay_ms == 6000
    assert checker.judge(Result(True, number=0, took_ms=14_000)).delay_ms == 0


def test_a_dynamic_script_says_the_weight() -> None:
    """If this failed, a server that asks for less load would get as much as before, or none."""
    checker = Checker(Check(checks.MiscCheck(checks.Script(("x",)), dynamic=True), Rhythm(10_000, 0)), up=True)
    assert checker.judge(Result(False, number=12)).weight_changed
    assert (checker.up, checker.weight, checker.weight_is_absolute) == (True, 10, True)
    assert checker.judge(Result(False, number=1)).turned is False
    assert checker.judge(Result(True, number=0)).weight_changed
    assert checker.weight is None


def test_a_script_that_is_not_dynamic_fails_with_any_number() -> None:
    """If this failed, a failing script would look like a weight."""
    checker = Checker(Check(checks.MiscCheck(checks.Script(("x",))), Rhythm(10_000, 0)), up=True)
    assert checker.judge(Result(False, number=12)).turned is False


@pytest.mark.parametrize(
    ("weight", "reverse", "number", "up", "offset"),
    [(1, False, 5, True, 5), (2, True, 5, True, -10), (1, False, checks.WEIGHT_FAILED, False, None),
     (0, False, 1, False, None), (0, False, 0, True, 0)],
)  # fmt: skip
def test_a_file_s_number_changes_the_weight(weight: int, reverse: bool, number: int, up: bool, offset: int) -> None:
    """If this failed, an operator could not steer a server by a file."""
    checker = Checker(Check(checks.FileCheck("/f", weight, reverse)), up=True)
    verdict = checker.judge(Result(True, number=number))
    assert (checker.up, checker.weight, verdict.delay_ms) == (up, offset, 1000)


def test_only_the_first_failure_and_the_deciding_one_are_told() -> None:
    """If this failed, a dead server would fill the log."""
    checker = tcp()
    told = [checker.judge(result).told for result in (GOOD, BAD, BAD, BAD, BAD, BAD)]
    assert told == [False, True, False, True, False, False]


def test_bfd_follows_its_session() -> None:
    """If this failed, a dead path would be used until another check sees it."""
    checker = Checker(Check(checks.BfdCheck("b")), up=True)
    assert [checker.follow(up).turned for up in (True, False, False, True)] == [None, False, None, True]
