"""Keywords that keepalived does not know: what its checks lack and the director has."""

from __future__ import annotations

from typing import Any

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.addresses import address_of
from standfast.dialects.keepalived.check_settings import CHECK
from standfast.dialects.keepalived.engine import Draft, Keyword, Session, Words, argument
from standfast.dialects.keepalived.settings import Fields
from standfast.director import checks, lvs

_C = Fields(CHECK)
_METHODS: dict[str, object] = {"GET": "GET", "HEAD": "HEAD"}


def _header(session: Session, words: Words) -> None:
    argument(words, 2)
    session.current[CHECK].setdefault("headers", []).append((words[1].rstrip(":"), " ".join(words[2:])))


def _credentials(field: str) -> Keyword:
    def handler(session: Session, words: Words) -> None:
        session.current[CHECK][field] = argument(words), argument(words, 2)

    return Keyword(handler)


def _proxy(session: Session, words: Words) -> None:
    """`proxy ADDRESS PORT [tunnel]`: `tunnel` asks for CONNECT without TLS too."""
    address, port = address_of(argument(words)), numbers.unsigned(session, argument(words, 2), 1, 65535, words[0])
    if address is None:
        session.complain("value", f"proxy {words[1]} is no address", words[1])
    elif len(words) > 3 and words[3] != "tunnel":
        session.complain("value", f"proxy: {words[3]} is not `tunnel`", words[3])
    elif port is not None:
        session.current[CHECK]["proxy"] = address, port, len(words) > 3


HTTP_OWN: dict[str, Keyword] = {
    "header": Keyword(_header),
    "basic_auth": _credentials("credentials"),
    "compressed": _C.switch("compressed"),
    "max_redirects": _C.unsigned("redirects_max", 0, 20),
    "http_method": _C.choice("method", _METHODS),
    "proxy": Keyword(_proxy),
    "proxy_auth": _credentials("proxy_credentials"),
    "ca_file": _C.text("ca_file"),
    "ca_path": _C.text("ca_path"),
    "verify": _C.switch("verify"),
    "sni_name": _C.text("server_name"),
}


def http_own(draft: Draft) -> dict[str, Any]:
    """Return what these keywords set of HTTP_GET."""
    user, password = draft.get("credentials", ("", ""))
    proxy = None
    if "proxy" in draft:
        proxy = checks.Proxy(*draft["proxy"], *draft.get("proxy_credentials", ("", "")))
    return {
        "headers": tuple(draft.get("headers", ())),
        "method": draft.get("method", "GET"),
        "user": user,
        "password": password,
        "compressed": bool(draft.get("compressed")),
        "redirects_max": draft.get("redirects_max", 0),
        "proxy": proxy,
    }


def on_failure(draft: Draft) -> lvs.OnFailure:
    """Return what becomes of a failed real server: `drain_on_failure` is ours, and comes before the other."""
    if draft.get("drain"):
        return lvs.OnFailure.DRAIN
    return lvs.OnFailure.QUIESCE if draft.get("inhibit") else lvs.OnFailure.DELETE
