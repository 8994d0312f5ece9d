"""Keywords that set one field of the block they stand in: what the tables are made of."""

from __future__ import annotations

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.commands import command_of
from standfast.dialects.keepalived.engine import Keyword, Session, Words, argument


class Fields:
    """Makes keywords that set fields of the block of this kind that is being read."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def unsigned(self, field: str, low: int, high: int, *, lenient: bool = True, zero_is_one: bool = False) -> Keyword:
        """Return a keyword with a whole number; with `zero_is_one` 0 is complained about and counts as 1."""

        def handler(session: Session, words: Words) -> None:
            value = numbers.unsigned(session, argument(words), low, high, words[0], lenient)
            if value == 0 and zero_is_one:
                session.complain("value", f"{words[0]} 0 counts as 1", words[1])
                value = 1
            if value is not None:
                session.current[self.kind][field] = value

        return Keyword(handler)

    def integer(self, field: str, low: int, high: int, *, lenient: bool = True) -> Keyword:
        """Return a keyword with a whole number that may be negative."""

        def handler(session: Session, words: Words) -> None:
            value = numbers.integer(session, argument(words), low, high, words[0], lenient)
            if value is not None:
                session.current[self.kind][field] = value

        return Keyword(handler)

    def timer(self, field: str, low_us: int, high_us: int = numbers.TIMER_MAX_US) -> Keyword:
        """Return a keyword with seconds of up to six decimals, kept in microseconds."""

        def handler(session: Session, words: Words) -> None:
            value = numbers.timer_us(session, words, low_us, high_us)
            if value is not None:
                session.current[self.kind][field] = value

        return Keyword(handler)

    def milliseconds(self, field: str, low_us: int, high_us: int) -> Keyword:
        """Return a keyword with milliseconds of up to three decimals, kept in microseconds."""

        def handler(session: Session, words: Words) -> None:
            value = numbers.decimal(session, argument(words), low_us, high_us, words[0], 3, lenient=False)
            if value is not None:
                session.current[self.kind][field] = value

        return Keyword(handler)

    def switch(self, field: str) -> Keyword:
        """Return a keyword that is on without an argument."""

        def handler(session: Session, words: Words) -> None:
            value = numbers.switch(session, words)
            if value is not None:
                session.current[self.kind][field] = value

        return Keyword(handler)

    def flag(self, field: str, value: object = True) -> Keyword:
        """Return a keyword whose presence counts."""

        def handler(session: Session, words: Words) -> None:
            session.current[self.kind][field] = value

        return Keyword(handler)

    def text(self, field: str, *, required: bool = True) -> Keyword:
        """Return a keyword with one word; one that is not `required` complains if it lacks it, and reading goes on."""

        def handler(session: Session, words: Words) -> None:
            if not required and len(words) < 2:
                session.complain("value", f"{words[0]} lacks its value", words[0])
                return
            session.current[self.kind][field] = argument(words)

        return Keyword(handler)

    def once(self, field: str) -> Keyword:
        """Return a keyword with one word, of which the first counts and a second is complained about."""

        def handler(session: Session, words: Words) -> None:
            draft = session.current[self.kind]
            if field in draft:
                session.complain("twice", f"{words[0]} was said before; {argument(words)} does not count", words[0])
                return
            draft[field] = argument(words)

        return Keyword(handler)

    def single(self, field: str) -> Keyword:
        """Return a keyword with exactly one word."""

        def handler(session: Session, words: Words) -> None:
            if len(words) != 2:
                session.complain("value", f"{words[0]} takes one word", words[0])
                return
            session.current[self.kind][field] = words[1]

        return Keyword(handler)

    def choice(self, field: str, choices: dict[str, object], *, fold: bool = False) -> Keyword:
        """Return a keyword with one of these words; `fold`: upper and lower case are alike."""

        def handler(session: Session, words: Words) -> None:
            word = argument(words)
            key = word.upper() if fold else word
            if key not in choices:
                session.complain("value", f"{words[0]} {word} is none of {', '.join(choices)}", word)
                return
            session.current[self.kind][field] = choices[key]

        return Keyword(handler)

    def script(self, field: str) -> Keyword:
        """Return a keyword with a command, and user and group; the first counts."""

        def handler(session: Session, words: Words) -> None:
            draft = session.current[self.kind]
            if field in draft:
                said = argument(words)
                session.complain("twice", f"{words[0]} was said before; {said} does not count", words[0])
                return
            command = command_of(session)
            if command is not None:
                draft[field] = command

        return Keyword(handler)
