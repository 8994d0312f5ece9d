"""Who is told when a virtual router or a sync group is in another state. Source: keepalived.conf(5), notify scripts."""

from __future__ import annotations

import msgspec

from standfast.director.checks import Script
from standfast.director.configuration import Fifo, Mail


class Notifies(msgspec.Struct, frozen=True):
    """The scripts of one router or group.

    `active` is `notify_master`; `any` is `notify`: it runs after the others, with four more arguments. `lower` is
    `notify_master_rx_lower_pri`. Who is `tells_deleted` is told DELETED, others FAULT, when a reload takes it away.
    """

    active: Script | None = None
    backup: Script | None = None
    fault: Script | None = None
    stop: Script | None = None
    deleted: Script | None = None
    lower: Script | None = None
    any: Script | None = None
    tells_deleted: bool = False
    priority_changes: bool = False
    """Whether the FIFOs get a line when the priority changes: `notify_priority_changes`."""
    smtp_alert: bool = False

    def __bool__(self) -> bool:
        return self != _NOBODY


_NOBODY = Notifies()


class Telling(msgspec.Struct, frozen=True):
    """What all notifications share.

    `user` and `group` are whose a script without its own is; without them it is root's. `script_security`: a script
    is not run as root if somebody else can change it. `timeout_ms` is how long a notify script may run.
    """

    user: str = ""
    group: str = ""
    script_security: bool = False
    timeout_ms: int = 60_000
    fifos: tuple[Fifo, ...] = ()
    mail: Mail = Mail()
    no_mail_of_faults: bool = False
    fifos_after_reload: bool = False
    """Whether a reload writes every state to the FIFOs, those that stayed too."""
