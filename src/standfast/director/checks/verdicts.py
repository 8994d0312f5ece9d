"""What a check's results mean for its real server, and when it is probed again: keepalived's exact order of events."""

from __future__ import annotations

import msgspec

from standfast.director.checks.kinds import (
    WEIGHT_FAILED,
    Check,
    FileCheck,
    HttpCheck,
    MiscCheck,
    PingCheck,
    TcpCheck,
    UdpCheck,
)

BOOTSTRAP_DELAY_MS = 1000
"""No check runs earlier after its start. Source: keepalived, BOOTSTRAP_DELAY."""
_GOLDEN = 0.6180339887498949
_KEEPS_RETRY_RHYTHM = (TcpCheck, UdpCheck, PingCheck)


class Result(msgspec.Struct, frozen=True):
    """What one probe found.

    `number` is what MISC_CHECK's script ended with, or what stands in FILE_CHECK's file. `took_ms` counts from the
    probe's start.
    """

    ok: bool
    reason: str = ""
    number: int | None = None
    took_ms: int = 0


class Verdict(msgspec.Struct, frozen=True):
    """What follows from a result: the next probe, of which url, and what turned.

    `turned` is whether the check is up now, None if nothing changed. `told`: the failure is worth a log line.
    """

    delay_ms: int
    turned: bool | None = None
    told: bool = False
    weight_changed: bool = False


def first_delay_ms(check: Check, ordinal: int) -> int:
    """Return when a new check is first probed.

    Successive ordinals are spread evenly over the warm-up however many there are (keepalived draws at random).
    Source: golden ratio sequence.
    """
    if isinstance(check.kind, FileCheck):
        return 0
    return BOOTSTRAP_DELAY_MS + int(check.rhythm.spread_ms * (((ordinal + 0.5) * _GOLDEN) % 1.0))


class Checker:
    """The state of one check. `up`: it succeeds. `part`: the url that is next.

    At the start one failure decides: retries count only after a first success. Source: keepalived, check_*.c.
    """

    __slots__ = ("check", "failed_part", "has_run", "part", "retries", "told", "up", "weight")

    def __init__(self, check: Check, up: bool) -> None:
        self.check = check
        self.up = up
        self.has_run = False
        self.retries = check.rhythm.retry
        self.part = 0
        self.failed_part: int | None = None
        self.weight: int | None = None
        self.told = False

    @property
    def weight_is_absolute(self) -> bool:
        """Return whether `weight` is the real server's (MISC_CHECK), else it is added to it (FILE_CHECK)."""
        return isinstance(self.check.kind, MiscCheck)

    def judge(self, result: Result) -> Verdict:
        """Return what follows from a result."""
        kind = self.check.kind
        before = self.up, self.weight
        if isinstance(kind, FileCheck | MiscCheck):
            result = self._weighed(kind, result)
        if isinstance(kind, HttpCheck):
            delay_ms = self._judge_url(kind, result)
        elif isinstance(kind, _KEEPS_RETRY_RHYTHM):
            delay_ms = self._judge_connection(result.ok)
        elif isinstance(kind, MiscCheck):
            delay_ms = max(0, self._judge_plainly(result.ok) - result.took_ms)
        else:
            delay_ms = self._judge_plainly(result.ok)
            delay_ms = min(delay_ms, kind.poll_ms) if isinstance(kind, FileCheck) else delay_ms
        turned = self.up if self.up is not before[0] else None
        told = self._worth_telling(result.ok, turned)
        return Verdict(delay_ms, turned, told, self.weight != before[1])

    def follow(self, up: bool) -> Verdict:
        """Return what follows when what is followed (a BFD session) went up or down."""
        turned = up if up is not self.up else None
        self.up, self.has_run = up, True
        return Verdict(0, turned, turned is False)

    def _worth_telling(self, ok: bool, turned: bool | None) -> bool:
        """Return whether a failure is to be logged: the first in a row, the one that decides, or all."""
        told, self.told = self.told, not ok
        return not ok and (not told or turned is False or self.check.rhythm.log_all_failures)

    def _judge_connection(self, ok: bool) -> int:
        """TCP, UDP and PING: while down, after the first delay loop, the rhythm of the retries is kept."""
        rhythm = self.check.rhythm
        decided = ok or ((self.up or not self.has_run) and self.retries >= rhythm.retry)
        self.has_run = True
        if decided:
            self.up, self.retries = ok, 0
            return rhythm.delay_loop_ms
        self.retries += 1
        return rhythm.delay_before_retry_ms

    def _judge_plainly(self, ok: bool) -> int:
        """SMTP, DNS, MISC and FILE: while down one try each delay loop."""
        rhythm = self.check.rhythm
        if not ok and self.up and self.has_run and self.retries < rhythm.retry:
            self.retries += 1
            return rhythm.delay_before_retry_ms
        self.up, self.retries, self.has_run = ok, 0, True
        return rhythm.delay_loop_ms

    def _judge_url(self, kind: HttpCheck, result: Result) -> int:
        """HTTP and SSL: the urls one after another; a failed one is retried alone, and then all are asked again."""
        rhythm = self.check.rhythm
        if result.ok:
            self._next_url(kind)
            delay_ms = rhythm.delay_loop_ms
        else:
            self._failed_url()
            known = self.failed_part is not None
            delay_ms = rhythm.delay_before_retry_ms
            delay_ms = max(delay_ms, rhythm.delay_loop_ms) if known else delay_ms
        recovering = not self.has_run or (not self.up and self.failed_part is None)
        return 0 if kind.fast_recovery and recovering and result.ok else delay_ms

    def _next_url(self, kind: HttpCheck) -> None:
        self.retries = 0
        if self.failed_part is not None:
            self.failed_part, self.part = None, 0
        elif self.part + 1 < len(kind.urls):
            self.part += 1
        else:
            self.up, self.has_run, self.part = True, True, 0
        if not self.has_run:
            self.retries = self.check.rhythm.retry

    def _failed_url(self) -> None:
        # "do not retry if server is already known as dead": then nothing is counted
        if not self.up and self.has_run:
            return
        self.has_run = True
        self.retries += 1
        if self.retries > self.check.rhythm.retry:
            self.up, self.failed_part = False, self.part

    def _weighed(self, kind: FileCheck | MiscCheck, result: Result) -> Result:
        """Take the weight out of a result; return the result with what the number says of success."""
        number = result.number
        if number is None or (not result.ok and isinstance(kind, FileCheck)):
            return result
        if isinstance(kind, MiscCheck):
            dynamic = kind.dynamic and 2 <= number <= 255
            ok = result.ok or dynamic
            if ok:
                self.weight = number - 2 if dynamic else None
            return Result(ok, result.reason, number, result.took_ms)
        if number == WEIGHT_FAILED or (kind.weight == 0 and number != 0):
            return Result(False, f"{kind.path} holds {number}", number, result.took_ms)
        self.weight = number * kind.weight * (-1 if kind.reverse else 1)
        return result
