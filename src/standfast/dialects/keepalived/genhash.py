"""genhash's command line, and what its verbose mode prints. Source: `genhash -h` of keepalived 2.2.7."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import ip_address

import msgspec

from standfast.director.checks import HttpVersion
from standfast.director.lvs import Address

USAGE = """Usage: {program} COMMAND [OPTIONS]
Commands:
   -s server-address -p port -u url
   -S -s server-address -p port -u url
   -h

Options:
Either long or short options are allowed.
   --use-ssl         -S       Use SSL connection to remote server.
   --use-sni         -I       Use SNI during SSL handshake (uses virtualhost setting; see -V).
   --server          -s       Use the specified remote server address.
   --port            -p       Use the specified remote server port.
   --url             -u       Use the specified remote server url.
   --use-virtualhost -V       Use the specified virtualhost in GET query.
   --verbose         -v       Use verbose mode output.
   --help            -h       Display this short inlined help screen.
   --fwmark          -m       Use the specified FW mark.
   --protocol        -P       Use the specified HTTP protocol - '1.0', 1.0c', '1.1'.
                                1.0c means 1.0 with 'Connection: close'
   --timeout         -t       Timeout in seconds
"""
TIMEOUT_MS_MAX = (2**32 - 1) // 1000
"""How long genhash waits if nothing is said, and at most: a counter of microseconds holds no more."""
_FLAGS = {"use-ssl": "S", "use-sni": "I", "verbose": "v", "help": "h"}
_WITH_VALUE = {
    "server": "s", "port": "p", "url": "u", "use-virtualhost": "V", "fwmark": "m", "protocol": "P", "timeout": "t",
}  # fmt: skip
_LONG = {**_FLAGS, **_WITH_VALUE}
_VERSIONS = {
    "1.0": HttpVersion.HTTP_1_0,
    "1.0c": HttpVersion.HTTP_1_0C,
    "1.0C": HttpVersion.HTTP_1_0C,
    "1.1": HttpVersion.HTTP_1_1,
}


class Options(msgspec.Struct):
    """A command line. `refused`: the usage is printed after the complaints, and nothing is asked."""

    address: Address | None = None
    port: int = 0
    path: str | None = None
    host: str = ""
    tls: bool = False
    server_name: bool = False
    mark: int = 0
    version: HttpVersion = HttpVersion.HTTP_1_0
    timeout_ms: int = TIMEOUT_MS_MAX
    verbose: bool = False
    refused: bool = False
    complaints: list[str] = msgspec.field(default_factory=list)


class _WrongValueError(Exception):
    """A value that ends the reading at once."""


def parse(argv: Sequence[str]) -> Options:
    """Return what the words after the program's name say, as getopt_long(3) reads them."""
    options = Options()
    extra: list[str] = []
    if len(argv) < 2:  # too few to be of use: genhash does not even look at them
        options.refused = True
        return options
    try:
        for letter, value in _read(list(argv), options, extra):
            _take(options, letter, value)
    except _WrongValueError as wrong:
        options.complaints.append(str(wrong))
        options.refused = True
        return options
    if extra and not options.refused:
        options.complaints.append(f"Unexpected argument(s): {' '.join(extra)}")
    if extra or options.address is None or not options.port or options.path is None:
        options.refused = True
    return options


def _read(words: list[str], options: Options, extra: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each option by its letter, with its value."""
    while words:
        word = words.pop(0)
        if word == "--":
            extra += words
            return
        if word.startswith("--"):
            yield from _long(word, words, options)
        elif word.startswith("-") and len(word) > 1:
            yield from _short(word, words, options)
        else:
            extra.append(word)


def _long(word: str, words: list[str], options: Options) -> Iterator[tuple[str, str]]:
    typed, given, value = word[2:].partition("=")
    names = [typed] if typed in _LONG else [name for name in _LONG if name.startswith(typed)]
    if len(names) != 1 or (given and names[0] in _FLAGS):
        _complain(options, f"Unknown option {word}")
    elif names[0] in _FLAGS:
        yield _FLAGS[names[0]], ""
    elif given or words:
        yield _WITH_VALUE[names[0]], value if given else words.pop(0)
    else:
        _complain(options, f"Missing parameter for option --{names[0]}")


def _short(word: str, words: list[str], options: Options) -> Iterator[tuple[str, str]]:
    for at, letter in enumerate(word[1:], 2):
        if letter in _FLAGS.values():
            yield letter, ""
        elif letter not in _WITH_VALUE.values():
            _complain(options, f"Unknown option -{letter}")
        elif word[at:] or words:
            yield letter, word[at:] or words.pop(0)
            return
        else:
            _complain(options, f"Missing parameter for option -{letter}")


def _complain(options: Options, text: str) -> None:
    options.complaints.append(text)
    options.refused = True


def _take(options: Options, letter: str, value: str) -> None:
    match letter:
        case "h":
            options.refused = True
        case "v":
            options.verbose = True
        case "S":
            options.tls = True
        case "I":
            options.server_name = True
        case "V":
            options.host = value
        case "u":
            options.path = value
        case _:
            _take_checked(options, letter, value)


def _take_checked(options: Options, letter: str, value: str) -> None:
    if letter == "s":
        options.address = _address(value)
    elif letter == "p":
        options.port = _number(value, f"invalid port number '{value}'")
        if not 0 < options.port <= 65535:
            raise _WrongValueError(f"invalid port number '{value}'")
    elif letter == "m":
        options.mark = _unsigned(value, f"invalid fwmark '{value}'") if value else 0
    elif letter == "t":
        seconds = _unsigned(value, f"invalid timeout '{value}'")
        options.timeout_ms = min(seconds * 1000, TIMEOUT_MS_MAX)
    elif value in _VERSIONS:
        options.version = _VERSIONS[value]
    else:
        raise _WrongValueError(f"invalid HTTP protocol version '{value}'")


def _address(text: str) -> Address:
    """Return an address; a range or a network counts as its first word, as everywhere in keepalived."""
    try:
        return ip_address(text.partition("/")[0].partition("-")[0])
    except ValueError:
        raise _WrongValueError(f"server should be an IP, not {text}") from None


def _number(text: str, complaint: str) -> int:
    """Return a number as strtol(3) reads it to the word's end. Raises: _WrongValueError with the complaint."""
    digits = text.lstrip(" \t\n\v\f\r").removeprefix("+")
    if not (digits.isascii() and digits.isdecimal()):
        raise _WrongValueError(complaint)
    return int(digits)


def _unsigned(text: str, complaint: str) -> int:
    """Return a number of 32 bits; what is beyond them is lost, as in genhash."""
    return _number(text, complaint) & 0xFFFFFFFF


def _title(text: str) -> str:
    return f"-----------------------[{text}]-----------------------\n"


def dump(data: bytes) -> str:
    """Return bytes in hexadecimal, sixteen a line, and as text."""
    lines = []
    for start in range(0, len(data), 16):
        part = data[start : start + 16]
        cells = [f" {byte:02x}" for byte in part] + ["   "] * (16 - len(part))
        text = "".join(chr(byte) if 0x20 <= byte <= 0x7E else "." for byte in part)
        lines.append(f"{start & 0xFFFF:04d} {''.join(cells[:8])} -{''.join(cells[8:])}   {text:16}\n")
    return "".join(lines)


class Transcript:
    """What verbose mode prints of an answer, in the parts in which genhash reads it."""

    PART_MAX = 4095

    def __init__(self) -> None:
        self._head = b""
        self._left: int | None = None
        self._in_body = False

    def feed(self, data: bytes) -> str:
        """Return what is printed of what came."""
        out = ""
        while data:
            room = self.PART_MAX - (0 if self._in_body else len(self._head))
            part, data = data[:room], data[room:]
            out += self._body(part) if self._in_body else self._heading(part)
        return out

    def _heading(self, part: bytes) -> str:
        self._head += part
        out = _title("    HTTP Header Buffer    ")
        end = self._head.find(b"\r\n\r\n") + 4
        if end < 4:
            if len(self._head) >= self.PART_MAX:
                self._head = b""
            return out
        head, body = self._head[:end], self._head[end:]
        self._in_body, self._left = True, _content_length(head)
        text = head.partition(b"\0")[0].decode("utf-8", "surrogateescape")
        out += dump(head) + _title(" HTTP Header Ascii Buffer ") + text + "\n"
        if body and self._left != 0:
            out += _title("        HTML Buffer        ")
        return out + self._body(body)

    def _body(self, part: bytes) -> str:
        if self._left is not None:
            part, self._left = part[: self._left], max(0, self._left - len(part))
        return dump(part)

    @staticmethod
    def end(digest: str) -> str:
        """Return what is printed before the digest itself."""
        lines = dump(bytes.fromhex(digest))
        return "\n" + _title("    HTML hash resulting    ") + lines + _title(" HTML hash final resulting ")


def _content_length(head: bytes) -> int | None:
    """Return the length of the body, None if the header does not say it."""
    for line in head.splitlines():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length" and value.strip().isdigit():
            return int(value)
    return None
