"""A configuration read: what each process makes of it, and what is wrong."""

from __future__ import annotations

import msgspec

from standfast.dialects.keepalived import service_rules, top_level_words
from standfast.dialects.keepalived.conditions import mistyped
from standfast.dialects.keepalived.engine import INACTIVE, Draft, Session, Table, later, run
from standfast.dialects.keepalived.findings import OWN_KEYWORD, Finding, Level, Process, Verdict, distinct, exit_status
from standfast.dialects.keepalived.global_settings import GLOBAL
from standfast.dialects.keepalived.global_table import ROOT_TABLE
from standfast.dialects.keepalived.lines import Reader, Reading
from standfast.dialects.keepalived.script_security import named, settle
from standfast.dialects.keepalived.service_table import CHECKER_TABLE
from standfast.dialects.keepalived.surroundings import Surroundings
from standfast.errors import Place, Report

# Few files have these blocks: their tables, and what follows from them, are imported by files that have one.


def _vrrp_table(process: Process) -> Table:
    from standfast.dialects.keepalived.vrrp_table import VRRP_TABLE

    return VRRP_TABLE


def _bfd_table(process: Process) -> Table:
    from standfast.dialects.keepalived.bfd_table import bfd_table

    return bfd_table(process)


def _file_table(process: Process) -> Table:
    from standfast.dialects.keepalived.track_table import FILE_TABLE

    return FILE_TABLE


_VRRP = later(top_level_words.OF_VRRP, _vrrp_table)
_BFD = later(top_level_words.OF_BFD, _bfd_table)
_FILES = later(top_level_words.OF_FILES, _file_table)
_INACTIVE: Table = dict.fromkeys((*ROOT_TABLE, *CHECKER_TABLE, *_VRRP, *_BFD, *_FILES), INACTIVE)
_TABLES: dict[Process, Table] = {
    Process.PARENT: {**_INACTIVE, **ROOT_TABLE},
    Process.CHECKER: {**_INACTIVE, **CHECKER_TABLE, **_BFD, **_FILES},
    Process.VRRP: {**_INACTIVE, **_VRRP, **_BFD, **_FILES},
    Process.BFD: {**_INACTIVE, **_BFD},
}


class Source(msgspec.Struct, frozen=True):
    """A configuration as its processes read it, in drafts; `services` are the virtual servers that count."""

    findings: tuple[Finding, ...]
    values: Draft
    services: list[Draft] = msgspec.field(default_factory=list)
    checker: Session | None = None
    vrrp: Session | None = None
    bfd: Session | None = None
    files: tuple[str, ...] = ()
    track_files: Draft = msgspec.field(default_factory=dict)

    @property
    def status(self) -> int:
        """Return the exit status of `keepalived -t`."""
        return exit_status(self.findings)

    @property
    def stopped(self) -> frozenset[Process]:
        """Return the processes that do not run with it."""
        levels = {f.level for f in self.findings}
        if levels & {Level.MISSING_ARGUMENT, Level.CHECKED_INCLUDE} or not self.files:
            return frozenset(Process)
        return frozenset(f.process for f in self.findings if f.stops)

    @property
    def verdict(self) -> Verdict:
        """Return what becomes of it."""
        if self.stopped:
            return Verdict.STOPS
        faults = any(f.level > Level.NOTICE and f.code != OWN_KEYWORD for f in self.findings)
        return Verdict.FAULTS if faults else Verdict.CLEAN

    @property
    def has_vrrp(self) -> bool:
        """Return whether there is anything of VRRP's own, sound or not."""
        return self.vrrp is not None and _says_vrrp(self.vrrp)

    @property
    def has_bfd(self) -> bool:
        """Return whether there is any BFD session, sound or not."""
        return self.bfd is not None and bool(self.bfd.said)

    @property
    def distinct(self) -> list[Finding]:
        """Return the findings by place, what several processes say only once."""
        return distinct(self.findings)


def read_source(
    path: str, around: Surroundings, config_id: str = "", all_included: bool = False, namespace: str = ""
) -> Source:
    """Return what a configuration says.

    `config_id` is the host's name up to the first dot, if it is empty; with `all_included` every include must be there.
    A network `namespace` counts before `net_namespace`; without the one that is meant only the parent reads.
    """
    config_id = config_id or around.host.partition(".")[0]
    reading = Reader(around, config_id, all_included).read(path)
    shared: Draft = {}
    values: Draft = {}
    track_files: Draft = {}
    sessions: dict[Process, Session] = {}
    findings = [f for notes in _ordered(reading) for f in notes]
    findings += mistyped(reading.conditions, config_id)
    lost = False
    for process in Process:
        session = Session(process, reading, around, shared)
        session.current[GLOBAL] = values
        shared.pop("track_files", None)
        if not lost:
            run(session, _TABLES[process])
        sessions[process] = session
        if process is Process.CHECKER:
            track_files = dict(shared.get("track_files", {}))
        if process is Process.PARENT:
            _parent(session, reading, values)
            lost = _is_lost(session, namespace or str(values.get("net_namespace", "")))
    services = service_rules.complete(sessions[Process.CHECKER])
    if _says_vrrp(sessions[Process.VRRP]):
        from standfast.dialects.keepalived import vrrp_rules

        vrrp_rules.complete(sessions[Process.VRRP])
    for session in sessions.values():
        findings += session.findings
        session.forget_lines()
    return Source(tuple(findings), values, services, sessions[Process.CHECKER], sessions[Process.VRRP],
                  sessions[Process.BFD], reading.files, track_files)  # fmt: skip


def _says_vrrp(session: Session) -> bool:
    """Return whether VRRP's process read anything of its own; what it follows of BFD, and files, is not."""
    return not session.said.isdisjoint(top_level_words.OF_VRRP)


def missing(path: str) -> Report:
    """Return that there is no such file."""
    return Report("keepalived.missing", f"there is no file {path}", place=Place(path))


def _ordered(reading: Reading) -> list[list[Finding]]:
    """Return the notes on the text, each with the line before which it was made."""
    return [
        [Finding(f.code, f.message, f.place, f.level, f.process, index, f.stops) for f in notes]
        for index, notes in sorted(reading.notes.items())
    ]


def _is_lost(session: Session, namespace: str) -> bool:
    """Enter a network namespace; return whether there is none. keepalived ends at once then, and with 0."""
    if not namespace or session.around.enter(namespace):
        return False
    message = f"there is no network namespace {namespace}: nothing starts"
    session.conclude("namespace", message, level=Level.OURS, stops=True)
    return True


def _parent(session: Session, reading: Reading, values: Draft) -> None:
    if reading.open_braces > 0:
        session.conclude("brace", f"{reading.open_braces} blocks stay open at the end, or have a {{ too many")
    scripts = named(values, ("startup_script", "shutdown_script"))
    settle(session, scripts, "the start or stop script")
