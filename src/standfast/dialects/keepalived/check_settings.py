"""What all checkers have in common: how they begin, connect, and when they run."""

from __future__ import annotations

from collections.abc import Callable

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.addresses import address_of
from standfast.dialects.keepalived.engine import Draft, Keyword, Session, Table, Words, argument, constant
from standfast.dialects.keepalived.settings import Fields
from standfast.director import checks

CHECK = "check"
INTERFACE_NAME_MAX = 15
_C = Fields(CHECK)
_UINT = numbers.UINT_MAX


def begins(kind: type, **values: object) -> Callable[[Session, Words], None]:
    """Return what begins a checker of this kind at the real server that is being read."""

    def handler(session: Session, words: Words) -> None:
        server = session.current["real_server"]
        draft: Draft = {"kind": kind, "keyword": words[0], "_line": session.line_at, **values}
        session.current[CHECK] = draft
        server["checks"].append(draft)
        if kind is not checks.FileCheck:
            session.lists.setdefault("queue", []).append(draft)

    return handler


def dropped(session: Session) -> None:
    """Remove the checker that is being read."""
    draft = session.current[CHECK]
    draft["dropped"] = True
    found = session.current["real_server"]["checks"]
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
        fallback = session.current["real_server"]["address"] if known_family else None
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


def link_local_ends(session: Session) -> None:
    """Remove a checker that would connect to a link-local address without an interface."""
    draft = session.current[CHECK]
    address = draft["address"] if "address" in draft else session.current["real_server"]["address"]
    if address.version == 6 and address.is_link_local and "interface" not in draft:
        session.complain("value", f"{draft['keyword']}: the link-local address {address} needs a bind_if")
        dropped(session)


CONNECT: Table = constant(
    {
        "connect_ip": _address("address", "source"),
        "connect_port": _C.unsigned("port", 1, 65535),
        "bindto": _address("source", "address"),
        "bind_port": _C.unsigned("source_port", 1, 65535),
        "bind_if": Keyword(_interface),
        "connect_timeout": _C.timer("timeout_us", 1, _UINT),
        "fwmark": _C.unsigned("mark", 0, _UINT),
    }
)
RHYTHM: Table = constant(
    {
        "retry": _C.unsigned("retry", 0, _UINT),
        "delay_before_retry": _C.timer("delay_before_retry_us", 0),
        "warmup": _C.timer("warmup_us", 0),
        "delay_loop": _C.timer("delay_loop_us", 1),
        "alpha": _C.switch("alpha"),
        "log_all_failures": _C.switch("log_all_failures"),
    }
)
