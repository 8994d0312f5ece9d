"""The keywords of HTTP_GET and SSL_GET, as tables."""

from __future__ import annotations

import re
from typing import Any

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.check_settings import CHECK, CONNECT, RHYTHM, dropped, link_local_ends
from standfast.dialects.keepalived.engine import Keyword, Session, Table, Words, argument, constant, own
from standfast.dialects.keepalived.findings import Level
from standfast.dialects.keepalived.own_keywords import HTTP_OWN
from standfast.dialects.keepalived.settings import Fields
from standfast.director import checks

URL = "url"
_C = Fields(CHECK)
_U = Fields(URL)
_UINT = numbers.UINT_MAX


def _old_retry(session: Session, words: Words) -> None:
    session.complain("deprecated", "nb_get_retry is now `retry`", words[0])
    value = numbers.unsigned(session, argument(words), 0, _UINT, words[0])
    if value is not None:
        session.current[CHECK]["retry"] = value


def _http_version(session: Session, words: Words) -> None:
    versions: dict[str, Any] = {"1.0": checks.HttpVersion.HTTP_1_0, "1.1": checks.HttpVersion.HTTP_1_1}
    versions |= {"1.0C": checks.HttpVersion.HTTP_1_0C, "1.0c": checks.HttpVersion.HTTP_1_0C}
    versions["2"] = checks.HttpVersion.HTTP_2  # ours
    if len(words) < 2 or words[1] not in versions:
        session.complain("value", f"http_protocol is none of {', '.join(versions)}", words[-1])
        return
    if words[1] == "2":
        session.complain("own-value", "http_protocol 2 is standfast's: keepalived does not know it", words[1])
    session.current[CHECK]["version"] = versions[words[1]]


def _url(session: Session, words: Words) -> None:
    session.current[URL] = {"status_codes": [], "_line": session.line_at}
    session.current[CHECK].setdefault("urls", []).append(session.current[URL])


def _digest(session: Session, words: Words) -> None:
    digest = argument(words)
    if "digest" in session.current[URL]:
        session.complain("twice", "digest was said before", words[0])
    elif not re.fullmatch(r"[0-9a-fA-F]{32}", digest):
        session.complain("value", f"digest {digest} is no MD5 of 32 hexadecimal digits", digest)
    else:
        session.current[URL]["digest"] = digest


_CODES = r"[ \t]*\+?([0-9]+)(?:-\+?([0-9]+))?"


def _status_codes(session: Session, words: Words) -> None:
    for word in words[1:]:
        found = re.fullmatch(_CODES, word)
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


def http_ends(session: Session) -> None:
    """Look at HTTP_GET as a whole when its block ends."""
    draft = session.current[CHECK]
    if not draft.get("urls"):
        session.complain("no-url", f"{draft['keyword']} without a url that has a path does not count")
        dropped(session)
        before = session.lists["queue"][-1:]
        if not before or before[0]["kind"] in (checks.MiscCheck, checks.BfdCheck):
            message = f"{draft['keyword']} without url: keepalived's checker crashes"
            session.conclude("crash", message, draft, Level.OURS, stops=True)
        return
    link_local_ends(session)


_URL_TABLE: Table = constant(
    {
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
)
HTTP_TABLE: Table = constant(
    {
        **CONNECT,
        **RHYTHM,
        "nb_get_retry": Keyword(_old_retry),
        "virtualhost": _C.text("virtual_host", required=False),
        "http_protocol": Keyword(_http_version),
        "enable_sni": _C.switch("send_server_name"),
        "fast_recovery": _C.switch("fast_recovery"),
        **own(HTTP_OWN),
        "url": Keyword(_url, _URL_TABLE, _url_ends),
    }
)
