"""Numbers, times and switches as keepalived reads them, with what it does to wrong ones.

A `lenient` number with text after its digits is complained about and used all the same, if it is in its range.
"""

from __future__ import annotations

from standfast.dialects.keepalived.engine import Session, Words, argument
from standfast.dialects.keepalived.text import BLANKS

UINT_MAX = 2**32 - 1
INT_MAX = 2**31 - 1
SECONDS_MAX = UINT_MAX // 1_000_000
TIMER_MAX_US = 2**64 - 1
_DIGITS = "0123456789"


def integer(session: Session, word: str, low: int, high: int, what: str, lenient: bool = True) -> int | None:
    """Return a whole number within its bounds, or None; complain of any other."""
    sign, digits, rest = _parts(word)
    value = int(digits or "0") * (-1 if sign == "-" else 1)
    in_range = low <= value <= high
    if not rest and in_range and (digits or not word):
        return value
    session.complain("value", f"{what} {word} is no whole number from {low} to {high}", word)
    return value if lenient and in_range and digits else None


def unsigned(session: Session, word: str, low: int, high: int, what: str, lenient: bool = True) -> int | None:
    """Return a whole number without a sign within its bounds, or None; complain of any other."""
    if word.isascii() and word.isdigit():
        value = int(word)
        if low <= value <= high:
            return value
    sign, digits, rest = _parts(word)
    value = int(digits or "0")
    in_range = low <= value <= high
    if not rest and in_range and sign != "-" and (digits or not word.strip()):
        return value
    session.complain("value", f"{what} {word} is no whole number from {low} to {high}", word)
    return value if lenient and in_range and digits and sign != "-" else None


def _parts(word: str) -> tuple[str, str, str]:
    """Return the sign, the digits and what follows them; blanks may stand before."""
    text = word.lstrip(BLANKS)
    sign = text[:1] if text.startswith(("+", "-")) else ""
    rest = text[len(sign) :].lstrip(_DIGITS)
    return sign, text[len(sign) : len(text) - len(rest)], rest


def decimal(
    session: Session, word: str, low: int, high: int, what: str, places: int = 6, lenient: bool = True
) -> int | None:
    """Return a decimal number times ten to the power of `places`, or None; complain of a wrong one.

    One with too many places is rounded, and complained about.
    """
    value, wrong = _scaled(word, places)
    if value is None:
        wrong = True
    elif low <= value <= high:
        if wrong:
            session.complain("value", f"{what} {word} is no number of at most {places} decimals", word)
        return value if lenient or not wrong else None
    unit = 10**places
    bounds = f"from {low / unit:g} to {high / unit:g}" if high < TIMER_MAX_US else f"of at least {low / unit:g}"
    session.complain("value", f"{what} {word} is no number {bounds}", word)
    return None


def _scaled(word: str, places: int) -> tuple[int | None, bool]:
    """Return the number scaled, None if there is none to use, and whether something is wrong in it."""
    if word.startswith("-"):
        return None, True
    whole, _, fraction = word.partition(".")
    rounded = len(fraction) > places
    up = rounded and fraction[places] >= "5"
    text = whole + fraction[:places].ljust(places, "0") if not rounded else whole + fraction[:places]
    sign, digits, rest = _parts(text)
    if sign == "-" or not digits:
        return (0 if not text else None), True
    value = int(digits) + up
    return value, bool(rest) or rounded


def timer_us(
    session: Session, words: Words, low_us: int, high_us: int = TIMER_MAX_US, number: int = 1, lenient: bool = True
) -> int | None:
    """Return a time in seconds with up to six decimals, in microseconds."""
    return decimal(session, argument(words, number), low_us, high_us, words[0], lenient=lenient)


TRUE_WORDS = ("on", "true", "yes")
FALSE_WORDS = ("off", "false", "no")


def switch(session: Session, words: Words) -> bool | None:
    """Return what a switch says: true without an argument; None after a complaint."""
    if len(words) < 2 or words[1] in TRUE_WORDS:
        return True
    if words[1] in FALSE_WORDS:
        return False
    session.complain("value", f"{words[0]} {words[1]} is none of on, off, true, false, yes, no", words[1])
    return None
