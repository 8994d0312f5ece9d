"""ipvsadm's words: its options, read as popt reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

PLAIN, VALUE, OPTIONAL = 0, 1, 2

# long name -> (short name, whether it takes a value); the order is that of ipvsadm's own table
OPTIONS: dict[str, tuple[str, int]] = {
    "add-service": ("A", PLAIN), "edit-service": ("E", PLAIN), "delete-service": ("D", PLAIN), "clear": ("C", PLAIN),
    "list": ("L", PLAIN), "zero": ("Z", PLAIN), "add-server": ("a", PLAIN), "edit-server": ("e", PLAIN),
    "delete-server": ("d", PLAIN), "set": ("", PLAIN), "help": ("h", PLAIN), "version": ("v", PLAIN),
    "restore": ("R", PLAIN), "save": ("S", PLAIN), "start-daemon": ("", VALUE), "stop-daemon": ("", VALUE),
    "tcp-service": ("t", VALUE), "udp-service": ("u", VALUE), "sctp-service": ("", VALUE),
    "fwmark-service": ("f", VALUE), "scheduler": ("s", VALUE), "persistent": ("p", OPTIONAL),
    "netmask": ("M", VALUE), "real-server": ("r", VALUE), "masquerading": ("m", PLAIN), "ipip": ("i", PLAIN),
    "gatewaying": ("g", PLAIN), "weight": ("w", VALUE), "u-threshold": ("x", VALUE), "l-threshold": ("y", VALUE),
    "numeric": ("n", PLAIN), "connection": ("c", PLAIN), "mcast-interface": ("", VALUE), "mcast-group": ("", VALUE),
    "mcast-port": ("", VALUE), "mcast-ttl": ("", VALUE), "syncid": ("", VALUE), "sync-maxlen": ("", VALUE),
    "timeout": ("", PLAIN), "daemon": ("", PLAIN), "stats": ("", PLAIN), "rate": ("", PLAIN),
    "thresholds": ("", PLAIN), "persistent-conn": ("", PLAIN), "tun-info": ("", PLAIN), "tun-type": ("", VALUE),
    "tun-port": ("", VALUE), "tun-nocsum": ("", PLAIN), "tun-csum": ("", PLAIN), "tun-remcsum": ("", PLAIN),
    "nosort": ("", PLAIN), "sort": ("", PLAIN), "exact": ("X", PLAIN), "ipv6": ("6", PLAIN), "ops": ("o", PLAIN),
    "pe": ("", VALUE), "sched-flags": ("b", VALUE),
}  # fmt: skip
_SHORT = {short: name for name, (short, _) in OPTIONS.items() if short} | {"l": "list"}


class Option(msgspec.Struct, frozen=True):
    """An option by its long name, its value or None, and the word of the command line that it stands in."""

    name: str
    value: str | None
    word: str


class BadOptionError(Exception):
    """An option that popt refuses; `word` is what was written, `why` popt's text."""

    def __init__(self, word: str, why: str) -> None:
        self.word, self.why = word, why
        super().__init__(f"{word}: {why}")


class Words:
    """A command line, option by option; what is no option is kept in `arguments`."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = list(words)
        self._at = 0
        self.arguments: list[str] = []

    def __iter__(self) -> Iterator[Option]:
        """Yield the options. Raises: BadOptionError."""
        while self._at < len(self._words):
            word = self._next()
            if word == "--":
                self.arguments += self._words[self._at :]
                return
            if word == "-" or not word.startswith("-"):
                self.arguments.append(word)
            elif word.startswith("--"):
                yield self._long(word)
            else:
                yield from self._bundle(word)

    def _next(self) -> str:
        self._at += 1
        return self._words[self._at - 1]

    def _long(self, word: str) -> Option:
        name, equals, value = word[2:].partition("=")
        if name not in OPTIONS:
            raise BadOptionError(word, "unknown option")
        kind = OPTIONS[name][1]
        if kind == PLAIN:
            if equals:
                raise BadOptionError(word, "option does not take an argument")
            return Option(name, None, word)
        return Option(name, value if equals else self._value(kind, word), word)

    def _bundle(self, word: str) -> Iterator[Option]:
        letters = word[1:]
        while letters:
            name, letters = _SHORT.get(letters[0], ""), letters[1:]
            if not name:
                raise BadOptionError(word, "unknown option")
            kind = OPTIONS[name][1]
            if kind == PLAIN:
                yield Option(name, None, word)
                continue
            value = letters.removeprefix("=") if letters else self._value(kind, word)
            yield Option(name, value, word)
            return

    def _value(self, kind: int, word: str) -> str | None:
        """Return the next word; an optional value is none that looks like an option."""
        there = self._at < len(self._words)
        if kind == OPTIONAL:
            return self._next() if there and not self._words[self._at].startswith("-") else None
        if not there:
            raise BadOptionError(word, "missing argument")
        return self._next()
