"""The keywords of the checkers, as tables. Source: keepalived.conf(5), LVS CONFIGURATION.

A checker that is removed because of its faults stays readable to the end of its block.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.addresses import address_of
from standfast.dialects.keepalived.commands import Command, arguments_of, default_user, known
from standfast.dialects.keepalived.engine import Draft, Keyword, Session, Words, argument
from standfast.dialects.keepalived.findings import Level
from standfast.dialects.keepalived.settings import Fields
from standfast.director import checks

CHECK = "check"
URL = "url"
_C = Fields(CHECK)
_U = Fields(URL)
_UINT = numbers.UINT_MAX
WEIGHT_MAX = numbers.INT_MAX
DNS_TYPES = ("A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA")
INTERFACE_NAME_MAX = 15
BFD_NAME_MAX = 31


def _begins(kind: type, **values: object) -> Callable[[Session, Words], None]:
    """Return what begins a checker of this kind at the real server that is being read."""

    def handler(session: Session, words: Words) -> None:
        server = session.current["real_server"]
        draft: Draft = {"kind": kind, "keyword": words[0], "_line": session.line, "server": server, **values}
        session.current[CHECK] = draft
        server["checks"].append(draft)
        if kind is not checks.FileCheck:
            session.lists.setdefault("queue", []).append(draft)

    return handler


def _dropped(session: Session) -> None:
    """Remove the checker that is being read."""
    draft = session.current[CHECK]
    draft["dropped"] = True
    found = draft["server"]["checks"]
    if found and found[-1] is draft:
        found.pop()
    queue = session.lists.get("queue", [])
    if queue and queue[-1] is draft:
        queue.pop()


def _address(field: str, other: str) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        draft, word = session.current[CHECK], argument(words)
        address = address_of(word)
        if address is None:
            session.complain("address", f"{words[0]} {word} is no address", word)
            return
        known_family = other == "address" and draft["kind"] is not checks.SmtpCheck
        fallback = draft["server"]["address"] if known_family else None
        against = draft.get(other, fallback)
        if against is not None and against.version != address.version:
            session.complain("family", f"{words[0]} {word} is of another family than {against}", word)
            return
        draft[field] = address

    return Keyword(handler)


def _interface(session: Session, words: Words) -> None:
    name = argument(words)
    if len(name) > INTERFACE_NAME_MAX:
        session.complain("value", f"the interface's name {name} is too long", name)
        return
    session.current[CHECK]["interface"] = name


def _link_local_ends(session: Session) -> None:
    """A link-local address needs its interface."""
    draft = session.current[CHECK]
    address = draft.get("address", draft["server"]["address"])
    if address.version == 6 and address.is_link_local and "interface" not in draft:
        session.complain("value", f"{draft['keyword']}: the link-local address {address} needs a bind_if")
        _dropped(session)


CONNECT: dict[str, Keyword] = {
    "connect_ip": _address("address", "source"),
    "connect_port": _C.unsigned("port", 1, 65535),
    "bindto": _address("source", "address"),
    "bind_port": _C.unsigned("source_port", 1, 65535),
    "bind_if": Keyword(_interface),
    "connect_timeout": _C.timer("timeout_us", 1, _UINT),
    "fwmark": _C.unsigned("mark", 0, _UINT),
}
RHYTHM: dict[str, Keyword] = {
    "retry": _C.unsigned("retry", 0, _UINT),
    "delay_before_retry": _C.timer("delay_before_retry_us", 0),
    "warmup": _C.timer("warmup_us", 0),
    "delay_loop": _C.timer("delay_loop_us", 1),
    "alpha": _C.switch("alpha"),
    "log_all_failures": _C.switch("log_all_failures"),
}


# HTTP_GET and SSL_GET


def _old_retry(session: Session, words: Words) -> None:
    session.complain("deprecated", "nb_get_retry is now `retry`", words[0])
    value = numbers.unsigned(session, argument(words), 0, _UINT, words[0])
    if value is not None:
        session.current[CHECK]["retry"] = value


def _http_version(session: Session, words: Words) -> None:
    versions: dict[str, Any] = {"1.0": checks.HttpVersion.HTTP_1_0, "1.1": checks.HttpVersion.HTTP_1_1}
    versions |= {"1.0C": checks.HttpVersion.HTTP_1_0C, "1.0c": checks.HttpVersion.HTTP_1_0C}
    if len(words) < 2 or words[1] not in versions:
        session.complain("value", f"http_protocol is none of {', '.join(versions)}", words[-1])
        return
    session.current[CHECK]["version"] = versions[words[1]]


def _url(session: Session, words: Words) -> None:
    session.current[URL] = {"status_codes": [], "_line": session.line}
    session.current[CHECK].setdefault("urls", []).append(session.current[URL])


def _digest(session: Session, words: Words) -> None:
    digest = argument(words)
    if "digest" in session.current[URL]:
        session.complain("twice", "digest was said before", words[0])
    elif not re.fullmatch(r"[0-9a-fA-F]{32}", digest):
        session.complain("value", f"digest {digest} is no MD5 of 32 hexadecimal digits", digest)
    else:
        session.current[URL]["digest"] = digest


_CODES = re.compile(r"[ \t]*\+?([0-9]+)(?:-\+?([0-9]+))?")


def _status_codes(session: Session, words: Words) -> None:
    for word in words[1:]:
        found = _CODES.fullmatch(word)
        low = int(found.group(1)) if found else 0
        high = int(found.group(2) or low) if found else 0
        if not 100 <= low <= high <= 599:
            session.complain("value", f"status_code {word} is no status from 100 to 599, nor a range of them", word)
            continue
        session.current[URL]["status_codes"].append((low, high))


def _regex(session: Session, words: Words) -> None:
    found = session.command()
    if found is None:
        return
    if len(found) != 2:
        session.complain("value", "regex takes one pattern: it does not count", words[0], Level.OURS)
        return
    session.current[URL]["regex"] = found[1]


def _offset(field: str) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        if len(words) != 2 or not (words[1].isascii() and words[1].isdigit()):
            session.complain("value", f"{words[0]} takes one number: it does not count", words[0], Level.OURS)
            return
        session.current[URL][field] = int(words[1])

    return Keyword(handler)


def _url_ends(session: Session) -> None:
    url = session.current[URL]
    if "path" not in url:
        session.complain("incomplete", "a url without path does not count")
        session.current[CHECK]["urls"].pop()
        return
    if "regex" in url:
        try:
            re.compile(url["regex"])
        except re.error as wrong:
            session.complain("regex", f"regex {url['regex']}: {wrong}", level=Level.OURS)


def _http_ends(session: Session) -> None:
    draft = session.current[CHECK]
    if not draft.get("urls"):
        session.complain("no-url", f"{draft['keyword']} without a url that has a path does not count")
        _dropped(session)
        before = session.lists["queue"][-1:]
        if not before or before[0]["kind"] in (checks.MiscCheck, checks.BfdCheck):
            message = f"{draft['keyword']} without url: keepalived's checker crashes"
            session.conclude("crash", message, draft, Level.OURS, stops=True)
        return
    _link_local_ends(session)


_URL_TABLE: dict[str, Keyword] = {
    "path": _U.text("path"),
    "digest": Keyword(_digest),
    "status_code": Keyword(_status_codes),
    "virtualhost": _U.text("virtual_host", required=False),
    "regex": Keyword(_regex),
    "regex_no_match": _U.flag("regex_no_match"),
    "regex_options": Keyword(lambda session, words: session.current[URL].update(regex_options=tuple(words[1:]))),
    "regex_min_offset": _offset("regex_min_offset"),
    "regex_max_offset": _offset("regex_max_offset"),
    "regex_stack": Keyword(lambda session, words: None),
}
_HTTP_TABLE: dict[str, Keyword] = {
    **CONNECT,
    **RHYTHM,
    "nb_get_retry": Keyword(_old_retry),
    "virtualhost": _C.text("virtual_host", required=False),
    "http_protocol": Keyword(_http_version),
    "enable_sni": _C.switch("send_server_name"),
    "fast_recovery": _C.switch("fast_recovery"),
    "url": Keyword(_url, _URL_TABLE, _url_ends),
}


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
        _dropped(session)
        return
    draft["user"] = user, group


def _misc_ends(session: Session) -> None:
    draft = session.current[CHECK]
    if draft.get("dropped"):
        return
    if "command" not in draft:
        session.complain("incomplete", "MISC_CHECK without misc_path does not count")
        _dropped(session)
        return
    runs_as = draft.get("user") or default_user(session)
    if runs_as is None:
        session.complain("user", "MISC_CHECK: there is no user to run the script: it does not count")
        _dropped(session)
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
    _link_local_ends(session)
    if not draft.get("dropped") and draft.get("reply_min", 0) > draft.get("reply_max", 255):
        session.complain("value", "min_reply_length is above max_reply_length: the check always fails")


_UDP_TABLE: dict[str, Keyword] = {
    **CONNECT,
    **RHYTHM,
    "payload": Keyword(_payload),
    "require_reply": Keyword(_reply),
    "min_reply_length": _C.unsigned("reply_min", 0, 65535, lenient=False),
    "max_reply_length": _C.unsigned("reply_max", 0, 65535, lenient=False),
}


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
        _dropped(session)


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
    elif any(other.get("name") == words[1] for other in draft["server"]["checks"] if other["kind"] is draft["kind"]):
        wrong = f"{words[1]} is followed already"
    else:
        draft["name"] = words[1]
        return
    session.complain("reference", f"{wrong}: the check is removed", words[-1])
    _dropped(session)


def _bfd_ends(session: Session) -> None:
    draft = session.current[CHECK]
    if not draft.get("dropped") and "name" not in draft:
        session.complain("incomplete", "BFD_CHECK without name does not count")
        _dropped(session)


_DNS_TABLE = {**CONNECT, **RHYTHM, "type": Keyword(_dns_type), "name": Keyword(_dns_name)}
_SMTP_TABLE = {**CONNECT, **RHYTHM, "helo_name": Keyword(_helo), "host": Keyword(_smtp_host, {**CONNECT, **RHYTHM})}
CHECK_TABLE: dict[str, Keyword] = {
    "MISC_CHECK": Keyword(_begins(checks.MiscCheck), _MISC_TABLE, _misc_ends),
    "SMTP_CHECK": Keyword(_begins(checks.SmtpCheck), _SMTP_TABLE, _link_local_ends),
    "TCP_CHECK": Keyword(_begins(checks.TcpCheck), {**CONNECT, **RHYTHM}, _link_local_ends),
    "PING_CHECK": Keyword(_begins(checks.PingCheck), {**CONNECT, **RHYTHM}, _link_local_ends),
    "UDP_CHECK": Keyword(_begins(checks.UdpCheck), _UDP_TABLE, _udp_ends),
    "HTTP_GET": Keyword(_begins(checks.HttpCheck), _HTTP_TABLE, _http_ends),
    "SSL_GET": Keyword(_begins(checks.HttpCheck, tls=True), _HTTP_TABLE, _http_ends),
    "DNS_CHECK": Keyword(_begins(checks.DnsCheck), _DNS_TABLE, _link_local_ends),
    "FILE_CHECK": Keyword(
        _begins(checks.FileCheck),
        {"track_file": Keyword(_track_file), "weight": Keyword(_file_weight)},
        _file_ends,
    ),
    "BFD_CHECK": Keyword(
        _begins(checks.BfdCheck), {"name": Keyword(_bfd_name), "alpha": _C.switch("alpha")}, _bfd_ends
    ),
}
