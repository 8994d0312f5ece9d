"""The keywords of the checkers, as tables. Source: keepalived.conf(5), LVS CONFIGURATION.

A checker that is removed because of its faults stays readable to the end of its block.
"""

from __future__ import annotations

import re

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.check_settings import CHECK, CONNECT, RHYTHM, begins, dropped, link_local_ends
from standfast.dialects.keepalived.commands import Command, arguments_of, default_user, known
from standfast.dialects.keepalived.engine import Keyword, Session, Table, Words, argument, constant
from standfast.dialects.keepalived.http_table import HTTP_TABLE, http_ends
from standfast.dialects.keepalived.settings import Fields
from standfast.director import checks

_C = Fields(CHECK)
WEIGHT_MAX = numbers.INT_MAX
DNS_TYPES = ("A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA")


# SMTP_CHECK


def _helo(session: Session, words: Words) -> None:
    if len(words) < 2:
        session.complain("value", "helo_name lacks its name", words[0])
        return
    session.current[CHECK]["helo_name"] = words[1]


def _smtp_host(session: Session, words: Words) -> None:
    """Begin an old `host` block: its connection replaces the checker's."""


# DNS_CHECK


def _dns_name(session: Session, words: Words) -> None:
    name = argument(words)
    if "name" in session.current[CHECK]:
        session.complain("twice", "name was said before", words[0])
    elif (name.startswith(".") and name != ".") or ".." in name:
        session.complain("value", f"{name} has an empty label", name)
    elif name[1:2] == ".":
        session.complain("value", f"keepalived takes {name} for a name with an empty label, and asks for .", name)
    else:
        session.current[CHECK]["name"] = name


def _dns_type(session: Session, words: Words) -> None:
    word = argument(words)
    if word.upper() not in DNS_TYPES:
        session.complain("value", f"type {word} is none of {', '.join(DNS_TYPES)}", word)
        return
    session.current[CHECK]["type"] = word.upper()


# MISC_CHECK


def _misc_path(session: Session, words: Words) -> None:
    found = session.command()
    if found is not None and (arguments := arguments_of(session, found)):
        session.current[CHECK]["command"] = Command(arguments)


def _misc_user(session: Session, words: Words) -> None:
    draft = session.current[CHECK]
    if len(words) < 2:
        session.complain("value", "user lacks its name", words[0])
        return
    user, group = words[1], words[2] if len(words) > 2 else ""
    if not known(session, user, group):
        session.complain("user", f"there is no user {user}, or no such group: the check is removed", user)
        dropped(session)
        return
    draft["user"] = user, group


def _misc_ends(session: Session) -> None:
    draft = session.current[CHECK]
    if draft.get("dropped"):
        return
    if "command" not in draft:
        session.complain("incomplete", "MISC_CHECK without misc_path does not count")
        dropped(session)
        return
    runs_as = draft.get("user") or default_user(session)
    if runs_as is None:
        session.complain("user", "MISC_CHECK: there is no user to run the script: it does not count")
        dropped(session)
        return
    draft["command"] = Command(draft["command"].arguments, *runs_as)


_MISC_TABLE: dict[str, Keyword] = {
    **RHYTHM,
    "misc_path": Keyword(_misc_path),
    "misc_timeout": _C.unsigned("misc_timeout_s", 0, numbers.SECONDS_MAX),
    "misc_dynamic": _C.flag("dynamic"),
    "user": Keyword(_misc_user),
}


# UDP_CHECK


def hexadecimal(text: str, wild: bool) -> tuple[tuple[int, int], ...]:
    """Return pairs of byte and mask of what counts (255: all of it), empty if a digit is wrong.

    With `wild` an x stands for any digit. A single digit before a blank is a byte.
    """
    digits = "0-9a-fA-FxX" if wild else "0-9a-fA-F"
    pairs: list[tuple[int, int]] = []
    for piece in re.split(r"[ \t]+", text.strip(" \t")):
        if not re.fullmatch(f"[{digits}]+", piece):
            return ()
        for at in range(0, len(piece), 2):
            byte = piece[at : at + 2]
            value = int(byte.lower().replace("x", "0"), 16)
            mask = int("".join("0" if digit in "xX" else "f" for digit in byte).rjust(2, "f"), 16)
            pairs.append((value, mask))
    return tuple(pairs)


def _payload(session: Session, words: Words) -> None:
    if len(words) < 2:
        session.complain("value", "payload lacks its bytes", words[0])
        return
    pairs = hexadecimal(" ".join(words[1:]), wild=False)
    if not pairs:
        session.complain("value", f"payload {' '.join(words[1:])} is no hexadecimal text", words[1])
        return
    session.current[CHECK]["payload"] = bytes(value for value, _ in pairs)


def _reply(session: Session, words: Words) -> None:
    draft = session.current[CHECK]
    draft["require_reply"] = True
    if len(words) < 2:
        return
    draft["reply"] = hexadecimal(" ".join(words[1:]), wild=True)
    if not draft["reply"]:
        session.complain("value", f"require_reply {' '.join(words[1:])} is no hexadecimal text", words[1])


def _udp_ends(session: Session) -> None:
    draft = session.current[CHECK]
    link_local_ends(session)
    if not draft.get("dropped") and draft.get("reply_min", 0) > draft.get("reply_max", 255):
        session.complain("value", "min_reply_length is above max_reply_length: the check always fails")


_UDP_TABLE: Table = constant(
    {
        **CONNECT,
        **RHYTHM,
        "payload": Keyword(_payload),
        "require_reply": Keyword(_reply),
        "min_reply_length": _C.unsigned("reply_min", 0, 65535, lenient=False),
        "max_reply_length": _C.unsigned("reply_max", 0, 65535, lenient=False),
    }
)


# FILE_CHECK


def _track_file(session: Session, words: Words) -> None:
    name = argument(words)
    if name not in session.shared.get("track_files", {}):
        session.complain("reference", f"there is no track_file {name}", name)
    else:
        session.current[CHECK]["file"] = name


def _file_weight(session: Session, words: Words) -> None:
    draft = session.current[CHECK]
    if len(words) < 2:
        session.complain("value", "weight lacks its number", words[0])
        return
    value = numbers.integer(session, words[1], -WEIGHT_MAX, WEIGHT_MAX, words[0])
    if value is None:
        return
    if len(words) > 2 and words[2] not in ("reverse", "noreverse"):
        session.complain("value", f"weight knows no {words[2]}", words[2])
        return
    draft["weight"], draft["reverse"] = value, words[2:3] == ["reverse"]


def _file_ends(session: Session) -> None:
    if "file" not in session.current[CHECK]:
        session.complain("incomplete", "FILE_CHECK without track_file does not count")
        dropped(session)


# BFD_CHECK


def _bfd_name(session: Session, words: Words) -> None:
    draft = session.current[CHECK]
    if draft.get("dropped"):
        return
    names = session.shared.get("bfds", {})
    if len(words) != 2:
        wrong = "BFD_CHECK takes one name"
    elif words[1] not in names:
        wrong = f"there is no bfd_instance {words[1]}"
    elif "name" in draft:
        wrong = "name was said before"
    elif any(
        other.get("name") == words[1]
        for other in session.current["real_server"]["checks"]
        if other["kind"] is draft["kind"]
    ):
        wrong = f"{words[1]} is followed already"
    else:
        draft["name"] = words[1]
        return
    session.complain("reference", f"{wrong}: the check is removed", words[-1])
    dropped(session)


def _bfd_ends(session: Session) -> None:
    draft = session.current[CHECK]
    if not draft.get("dropped") and "name" not in draft:
        session.complain("incomplete", "BFD_CHECK without name does not count")
        dropped(session)


_PLAIN_TABLE = {**CONNECT, **RHYTHM}
_DNS_TABLE = constant({**_PLAIN_TABLE, "type": Keyword(_dns_type), "name": Keyword(_dns_name)})
_SMTP_TABLE = constant({**_PLAIN_TABLE, "helo_name": Keyword(_helo), "host": Keyword(_smtp_host, _PLAIN_TABLE)})
_CONSTANT_TABLE: Table = constant(
    {
        "SMTP_CHECK": Keyword(begins(checks.SmtpCheck), _SMTP_TABLE, link_local_ends),
        "TCP_CHECK": Keyword(begins(checks.TcpCheck), _PLAIN_TABLE, link_local_ends),
        "PING_CHECK": Keyword(begins(checks.PingCheck), _PLAIN_TABLE, link_local_ends),
        "UDP_CHECK": Keyword(begins(checks.UdpCheck), _UDP_TABLE, _udp_ends),
        "HTTP_GET": Keyword(begins(checks.HttpCheck), HTTP_TABLE, http_ends),
        "SSL_GET": Keyword(begins(checks.HttpCheck, tls=True), HTTP_TABLE, http_ends),
        "DNS_CHECK": Keyword(begins(checks.DnsCheck), _DNS_TABLE, link_local_ends),
    }
)
CHECK_TABLE: Table = {
    **_CONSTANT_TABLE,
    "MISC_CHECK": Keyword(begins(checks.MiscCheck), _MISC_TABLE, _misc_ends),
    "FILE_CHECK": Keyword(
        begins(checks.FileCheck),
        {"track_file": Keyword(_track_file), "weight": Keyword(_file_weight)},
        _file_ends,
    ),
    "BFD_CHECK": Keyword(begins(checks.BfdCheck), {"name": Keyword(_bfd_name), "alpha": _C.switch("alpha")}, _bfd_ends),
}
