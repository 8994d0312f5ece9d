"""What VRRP instances and sync groups track, and the blocks that define it, as tables."""

from __future__ import annotations

from collections.abc import Callable

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.commands import Command, arguments_of, default_user, known
from standfast.dialects.keepalived.engine import Draft, Keyword, Session, Words, argument, value_lines
from standfast.dialects.keepalived.interfaces import interface
from standfast.dialects.keepalived.settings import Fields
from standfast.dialects.keepalived.top_level_words import PROCESS, SCRIPT

_V = Fields(SCRIPT)
_P = Fields(PROCESS)
_UINT = numbers.UINT_MAX
WEIGHT_MAX = 253
OLD_WEIGHT_MAX = 254


# Lines of track_interface, track_script, …


def tracking(keyword: str, target: Callable[[Session], Draft]) -> Keyword:
    """Return the keyword of a block that names what is tracked."""

    def handler(session: Session, words: Words) -> None:
        value_lines(session, words, lambda _, line: _tracked(session, keyword, target(session), line))

    return Keyword(handler)


def _tracked(session: Session, keyword: str, owner: Draft, words: Words) -> None:
    name = words[0]
    known_ones = _candidates(session, keyword)
    if keyword == "track_interface":
        if not interface(session, name):
            session.complain("interface", f"there is no interface {name} to track", name)
            return
    elif name not in known_ones:
        session.complain("reference", f"{keyword}: there is no {name}", name)
        return
    there: list[Draft] = owner.setdefault(keyword, [])
    if any(entry["name"] == name for entry in there):
        session.complain("twice", f"{keyword}: {name} is tracked already", name)
        return
    entry = _weighted(session, keyword, words, known_ones.get(name, {}))
    if entry is not None:
        there.append(entry)


def _candidates(session: Session, keyword: str) -> dict[str, Draft]:
    if keyword == "track_file":
        found: dict[str, Draft] = session.shared.get("track_files", {})
        return found
    kind = {"track_script": SCRIPT, "track_process": PROCESS, "track_bfd": "bfd"}.get(keyword, "")
    return {draft["name"]: draft for draft in reversed(session.lists.get(kind, []))}


def _weighted(session: Session, keyword: str, words: Words, origin: Draft) -> Draft | None:
    """Return what is tracked with its weight, or None after a complaint."""
    entry: Draft = {
        "name": words[0],
        "weight": origin.get("weight", 0),
        "reverse": origin.get("reverse", False),
        "said": False,
    }
    if len(words) == 1:
        return entry
    if words[1] != "weight" or len(words) == 2:
        session.complain("value", f"{keyword} {words[0]}: {words[1]} is no weight: it is left out", words[1])
        return None
    limit = WEIGHT_MAX if keyword == "track_bfd" else OLD_WEIGHT_MAX
    value = numbers.integer(session, words[2], -limit, limit, "the weight")
    if value is not None and abs(value) == OLD_WEIGHT_MAX and keyword in ("track_interface", "track_script"):
        session.complain("value", f"a weight is at most {WEIGHT_MAX}", words[2])
        value = WEIGHT_MAX if value > 0 else -WEIGHT_MAX
    if value is not None:
        entry["weight"] = value
    if len(words) > 3:
        option = words[3]
        if option == "reverse" or (option == "noreverse" and keyword != "track_interface"):
            entry["reverse"] = option == "reverse"
        else:
            session.complain("value", f"{keyword} {words[0]}: a weight knows no {option}", option)
            if keyword == "track_bfd":
                return None
    return entry


# vrrp_script


def _script(session: Session, words: Words) -> None:
    session.begin(SCRIPT, name=argument(words))


def _script_command(session: Session, words: Words) -> None:
    found = session.command()
    draft = session.current[SCRIPT]
    draft.pop("command", None)
    if found is not None and (arguments := arguments_of(session, found)):
        draft["command"] = Command(arguments)


def _script_weight(session: Session, words: Words) -> None:
    draft = session.current[SCRIPT]
    value = numbers.integer(session, argument(words), -WEIGHT_MAX, WEIGHT_MAX, words[0])
    draft["weight"] = value or 0
    if len(words) > 2:
        if words[2] == "reverse":
            draft["reverse"] = True
        else:
            session.complain("value", f"weight knows no {words[2]}", words[2])


def _script_user(session: Session, words: Words) -> None:
    draft = session.current[SCRIPT]
    user, group = argument(words), words[2] if len(words) > 2 else ""
    draft["removed"] = not known(session, user, group)
    if draft["removed"]:
        session.complain("user", f"{draft['name']}: there is no user {user}, or no such group", user)
    else:
        draft["user"] = user, group


def _script_ends(session: Session) -> None:
    draft = session.current[SCRIPT]
    if "command" not in draft:
        session.complain("incomplete", f"vrrp_script {draft['name']} without script does not count")
        session.drop(SCRIPT)
    elif draft.get("removed"):
        session.drop(SCRIPT)
    elif (runs_as := draft.get("user") or default_user(session)) is None:
        session.complain("user", f"vrrp_script {draft['name']}: there is no user to run it: it does not count")
        session.drop(SCRIPT)
    else:
        draft["command"] = Command(draft["command"].arguments, *runs_as)


_SCRIPT_TABLE: dict[str, Keyword] = {
    "script": Keyword(_script_command),
    "interval": _V.unsigned("interval_s", 0, numbers.SECONDS_MAX, zero_is_one=True),
    "timeout": _V.unsigned("timeout_s", 0, numbers.SECONDS_MAX, zero_is_one=True),
    "weight": Keyword(_script_weight),
    "rise": _V.unsigned("rise", 1, numbers.INT_MAX),
    "fall": _V.unsigned("fall", 1, numbers.INT_MAX),
    "user": Keyword(_script_user),
    "init_fail": _V.flag("init_fail"),
}


# vrrp_track_process


def _process(session: Session, words: Words) -> None:
    session.begin(PROCESS, name=argument(words), quorum=1, quorum_max=_UINT)


def _process_path(session: Session, words: Words) -> None:
    draft = session.current[PROCESS]
    if "command" in draft:
        session.complain("twice", f"process was said before; {argument(words)} does not count", words[0])
        return
    argument(words)
    draft["command"] = Command(tuple(words[1:]))


def _process_match(session: Session, words: Words) -> None:
    kind = words[1] if len(words) > 1 else "exact"
    if kind not in ("exact", "initial", "partial") or words[1:2] == ["exact"]:
        session.complain("value", f"param_match {kind} is neither initial nor partial", words[-1])
        return
    session.current[PROCESS]["match"] = kind


def _process_weight(session: Session, words: Words) -> None:
    draft = session.current[PROCESS]
    if len(words) < 2 or draft.get("weight"):
        session.complain("value", "weight was said before, or lacks its number", words[0])
        return
    value = numbers.integer(session, words[1], -OLD_WEIGHT_MAX, OLD_WEIGHT_MAX, words[0])
    if value is None:
        return
    draft["weight"] = value
    if len(words) > 2:
        if words[2] == "reverse":
            draft["reverse"] = True
        else:
            session.complain("value", f"weight knows no {words[2]}", words[2])


def _process_quorum(session: Session, words: Words) -> None:
    draft = session.current[PROCESS]
    value = numbers.unsigned(session, argument(words), 1, 65535, words[0])
    if value is not None and value > draft["quorum_max"]:
        session.complain("value", f"quorum {value} is above quorum_max {draft['quorum_max']}", words[1])
    elif value is not None:
        draft["quorum"] = value


def _process_quorum_max(session: Session, words: Words) -> None:
    draft = session.current[PROCESS]
    value = numbers.unsigned(session, argument(words), 0, 65535, words[0])
    if value is None:
        return
    if (value or draft["quorum"] > 1) and value < draft["quorum"]:
        session.complain("value", f"quorum_max {value} is below quorum {draft['quorum']}", words[1])
        return
    draft["quorum_max"] = value
    draft["quorum"] = 0 if value == 0 else draft["quorum"] or 1


def _process_ends(session: Session) -> None:
    draft = session.current[PROCESS]
    if "command" not in draft:
        session.complain("incomplete", f"vrrp_track_process {draft['name']} without process does not count")
        session.drop(PROCESS)


_HOUR_US = 3_600_000_000
_PROCESS_TABLE: dict[str, Keyword] = {
    "process": Keyword(_process_path),
    "param_match": Keyword(_process_match),
    "weight": Keyword(_process_weight),
    "quorum": Keyword(_process_quorum),
    "quorum_max": Keyword(_process_quorum_max),
    "delay": _P.timer("delay_us", 1, _HOUR_US),
    "terminate_delay": _P.timer("terminate_delay_us", 1, _HOUR_US),
    "fork_delay": _P.timer("fork_delay_us", 1, _HOUR_US),
    "full_command": _P.flag("full_command"),
}


# track_file


def _file(session: Session, words: Words) -> None:
    session.shared["open_track_file"] = {"name": argument(words), "weight": 1, "_line": session.line_at}


def _file_path(session: Session, words: Words) -> None:
    if len(words) < 2:
        session.complain("value", "file lacks its path", words[0])
        return
    draft = session.shared["open_track_file"]
    if draft and "path" in draft:
        session.complain("twice", "file was said before", words[0])
    elif draft:
        draft["path"] = words[1]


def _file_weight(session: Session, words: Words) -> None:
    draft = session.shared["open_track_file"]
    if len(words) < 2 or (draft and draft["weight"] != 1):
        session.complain("value", "weight was said before, or lacks its number", words[0])
        return
    if not draft:
        return
    value = numbers.integer(session, words[1], -OLD_WEIGHT_MAX, OLD_WEIGHT_MAX, words[0])
    draft["weight"] = 1 if value is None else value
    if len(words) > 2:
        if words[2] == "reverse":
            draft["reverse"] = True
        else:
            session.complain("value", f"weight knows no {words[2]}", words[2])


def _file_init(session: Session, words: Words) -> None:
    draft = session.shared["open_track_file"]
    if not draft:
        return
    draft["init"] = 0
    for word in words[1:]:
        plain = word.lstrip()
        if plain[:1].isdigit() or plain[:1] == "-":
            value = numbers.integer(session, word, -(2**31), numbers.INT_MAX, words[0], lenient=False)
            if value is not None and abs(value) > OLD_WEIGHT_MAX:
                session.complain("value", f"init_file {value} is beyond what a weight can be", word)
            draft["init"] = value or 0
        elif plain == "overwrite":
            draft["overwrite"] = True
        else:
            session.complain("value", f"init_file knows no {word}", word)


def _file_ends(session: Session) -> None:
    draft = session.shared["open_track_file"]
    if not draft:
        return
    if "path" not in draft:
        session.complain("incomplete", f"track_file {draft['name']} without file does not count")
        return
    session.shared["open_track_file"] = None
    session.shared.setdefault("track_files", {}).setdefault(draft["name"], draft)
    if "overwrite" in draft:
        state = session.around.state(draft["path"])
        if state.exists and not state.regular:
            session.complain("value", f"{draft['path']} is no plain file: nothing is written to it")


_FILE_TABLE: dict[str, Keyword] = {
    "file": Keyword(_file_path),
    "weight": Keyword(_file_weight),
    "init_file": Keyword(_file_init),
}
FILE_TABLE: dict[str, Keyword] = {
    "track_file": Keyword(_file, _FILE_TABLE, _file_ends),
    "vrrp_track_file": Keyword(_file, _FILE_TABLE, _file_ends),
}
TRACKED_TABLE: dict[str, Keyword] = {
    SCRIPT: Keyword(_script, _SCRIPT_TABLE, _script_ends, kind=SCRIPT),
    PROCESS: Keyword(_process, _PROCESS_TABLE, _process_ends, kind=PROCESS),
}
