"""`bfd_instance`, of which the BFD process, VRRP and the checkers each read their part."""

from __future__ import annotations

from functools import cache

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.addresses import address_of
from standfast.dialects.keepalived.engine import Keyword, Session, Words, argument
from standfast.dialects.keepalived.findings import Process
from standfast.dialects.keepalived.settings import Fields

BFD = "bfd"
_B = Fields(BFD)
NAME_MAX = 31
_INTERVAL_MAX_US = (2**32 - 1) // 1000 * 1000
WEIGHT_MAX = 253


def _instance(session: Session, words: Words) -> None:
    name = argument(words)
    process = session.process
    if process is not Process.CHECKER and len(name) > NAME_MAX:
        session.complain("value", f"the name {name} is too long: the instance does not count", name)
        session.skip()
    elif any(draft["name"] == name for draft in session.lists.get(BFD, [])):
        session.complain("twice", f"bfd_instance {name} was said before", name)
        session.skip()
    else:
        draft = session.begin(BFD, name=name)
        if process is Process.CHECKER:
            session.shared.setdefault("bfds", {})[name] = draft


def _instance_ends(session: Session) -> None:
    draft = session.current[BFD]
    if session.process is Process.BFD:
        _complete(session)
    elif ("vrrp" in draft or "checker" in draft) and session.process.name.lower() not in draft:
        session.drop(BFD)
        if session.process is Process.CHECKER:
            del session.shared["bfds"][draft["name"]]


def _complete(session: Session) -> None:
    draft = session.current[BFD]
    neighbor, source = draft.get("neighbor"), draft.get("source")
    others = session.lists[BFD][:-1]
    if neighbor is None:
        wrong = "names no neighbor_ip"
    elif source is not None and source.version != neighbor.version:
        wrong = "has addresses of both families"
    elif any(other["neighbor"] == neighbor and other.get("source") == source for other in others):
        wrong = f"has the neighbour {neighbor} of another"
    else:
        ttl = draft.setdefault("ttl", 255 if neighbor.version == 4 else 64)
        if draft.get("max_hops", 0) > ttl:
            session.complain("value", f"bfd_instance {draft['name']}: max_hops is above the ttl {ttl}")
        return
    session.complain("incomplete", f"bfd_instance {draft['name']} {wrong}: it does not count")
    session.drop(BFD)


def _neighbor(session: Session, words: Words) -> None:
    address = address_of(argument(words))
    if address is None:
        session.complain("address", f"{words[1]} is no address: the bfd_instance does not count", words[1])
        session.drop(BFD)
        session.current[BFD]["neighbor"] = None
        session.leave()
        return
    session.current[BFD]["neighbor"] = address


def _source(session: Session, words: Words) -> None:
    address = address_of(argument(words))
    if address is None:
        session.complain("address", f"{words[1]} is no address", words[1])
        return
    session.current[BFD]["source"] = address


def _weight(session: Session, words: Words) -> None:
    draft = session.current[BFD]
    value = numbers.integer(session, argument(words), -WEIGHT_MAX, WEIGHT_MAX, words[0])
    if value is not None:
        draft["weight"] = value
    if len(words) > 2:
        if words[2] == "reverse":
            draft["reverse"] = True
        else:
            session.complain("value", f"weight knows no {words[2]}", words[2])


_FULL: dict[str, Keyword] = {
    "source_ip": Keyword(_source),
    "neighbor_ip": Keyword(_neighbor),
    "neighbour_ip": Keyword(_neighbor),
    "min_rx": _B.milliseconds("min_rx_us", 1000, _INTERVAL_MAX_US),
    "min_tx": _B.milliseconds("min_tx_us", 1000, _INTERVAL_MAX_US),
    "idle_tx": _B.milliseconds("idle_tx_us", 1_000_000, _INTERVAL_MAX_US),
    "multiplier": _B.unsigned("multiplier", 1, 255, lenient=False),
    "passive": _B.flag("passive"),
    "ttl": _B.unsigned("ttl", 1, 255, lenient=False),
    "hoplimit": _B.unsigned("ttl", 1, 255, lenient=False),
    "max_hops": _B.integer("max_hops", -1, 255, lenient=False),
}
_IGNORED = Keyword()
_EVENTS: dict[str, Keyword] = {"vrrp": _B.flag("vrrp"), "checker": _B.flag("checker")}


@cache
def bfd_table(process: Process) -> dict[str, Keyword]:
    """Return the keywords of `bfd_instance` as one process reads it."""
    fields = _FULL if process is Process.BFD else dict.fromkeys(_FULL, _IGNORED)
    weight = Keyword(_weight) if process is Process.VRRP else _IGNORED
    return {"bfd_instance": Keyword(_instance, {**fields, "weight": weight, **_EVENTS}, _instance_ends, kind=BFD)}
