"""What VRRP tracks and whom it tells, as the director's nouns. Source: keepalived.conf(5)."""

from __future__ import annotations

from collections.abc import Iterator

from standfast.dialects.keepalived.commands import Command
from standfast.dialects.keepalived.engine import Draft
from standfast.dialects.keepalived.instance_table import TRACKED
from standfast.dialects.keepalived.translation import fifos_of, mail_of
from standfast.director import checks, vrrp
from standfast.director.vrrp.notifies import Notifies, Telling
from standfast.director.vrrp.tracked_things import Parameters, TrackFile, TrackKind, TrackProcess, TrackScript

_QUORUM_MAX = 65535
_DELAYS = ("fork", "terminate")
_SCRIPTS = {
    "active": "notify_master", "backup": "notify_backup", "fault": "notify_fault", "stop": "notify_stop",
    "deleted": "notify_deleted", "lower": "notify_master_rx_lower_pri", "any": "notify",
}  # fmt: skip


def tracked_of(draft: Draft) -> Iterator[vrrp.Tracked]:
    """Return what an instance or a sync group tracks."""
    for keyword in TRACKED:
        kind = TrackKind(keyword.removeprefix("track_"))
        for entry in draft.get(keyword, []):
            yield vrrp.Tracked(kind.named(entry["name"]), entry["weight"], entry["reverse"])


def script_of(draft: Draft) -> TrackScript:
    """Return a `vrrp_script`."""
    return TrackScript(
        name=draft["name"],
        script=_script(draft["command"]),
        interval_ms=draft.get("interval_s", 1) * 1000,
        timeout_ms=draft.get("timeout_s", 0) * 1000,
        rise=draft.get("rise", 1),
        fall=draft.get("fall", 1),
        weight=draft.get("weight", 0),
        reverse=bool(draft.get("reverse")),
        init_fail=bool(draft.get("init_fail")),
    )


def file_of(draft: Draft) -> TrackFile:
    """Return a `track_file`."""
    reverse, overwrite = bool(draft.get("reverse")), bool(draft.get("overwrite"))
    return TrackFile(draft["name"], draft["path"], draft["weight"], reverse, draft.get("init"), overwrite)


def process_of(draft: Draft) -> TrackProcess:
    """Return a `vrrp_track_process`. Parameters that are given are compared, as are none with `param_match`."""
    both: int = draft.get("delay_us", 0)
    fork_us, end_us = (int(draft.get(f"{name}_delay_us", both)) for name in _DELAYS)
    process, *arguments = draft["command"].arguments
    match = draft.get("match") or ("exact" if arguments else "any")
    return TrackProcess(
        name=draft["name"],
        process=process,
        arguments=tuple(arguments),
        match=Parameters(match),
        full_command=bool(draft.get("full_command")),
        weight=draft.get("weight", 0),
        reverse=bool(draft.get("reverse")),
        quorum=draft["quorum"],
        quorum_max=min(draft["quorum_max"], _QUORUM_MAX),
        fork_delay_ms=fork_us // 1000,
        terminate_delay_ms=end_us // 1000,
    )


def notifies_of(draft: Draft, values: Draft) -> Notifies:
    """Return whom an instance or a sync group tells."""
    said = {name: draft.get(keyword) for name, keyword in _SCRIPTS.items()}
    return Notifies(
        **{name: _script(command) for name, command in said.items() if isinstance(command, Command)},
        tells_deleted="notify_deleted" in draft,
        priority_changes=bool(draft.get("notify_priority_changes", values.get("notify_priority_changes"))),
        smtp_alert=bool(draft.get("smtp_alert", values.get("smtp_alert_vrrp", values.get("smtp_alert")))),
    )


def telling_of(values: Draft) -> Telling:
    """Return what all notifications share. Every command has its user already, and was looked at."""
    return Telling(
        fifos=tuple(fifos_of(values, "fifo", "vrrp_fifo")),
        mail=mail_of(values),
        no_mail_of_faults=bool(values.get("no_email_faults")),
        fifos_after_reload=bool(values.get("fifo_write_vrrp_states_on_reload")),
    )


def _script(command: Command) -> checks.Script:
    return checks.Script(command.arguments, command.user, command.group)
