"""What is run, written and mailed when a virtual router or a sync group is in another state.

Of one object everything comes in order. Deviates: keepalived starts an object's scripts all at once.
Source: keepalived.conf(5), vrrp_sync_group; keepalived 2.2.7, vrrp_notify.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from standfast.director.checks import Script
from standfast.director.events import Effect, SendMail, Tell
from standfast.director.script_queues import ScriptQueues
from standfast.director.vrrp.configuration import Configuration
from standfast.director.vrrp.events import LowerHeard, Notify, PriorityChanged, State
from standfast.director.vrrp.notifies import Notifies, Telling
from standfast.director.vrrp.script_runs import runnable

_WORDS = {State.ACTIVE: "MASTER", State.BACKUP: "BACKUP", State.FAULT: "FAULT", State.INITIALIZE: "STOP"}
DELETED = "DELETED"
_SUBJECTS = {
    "MASTER": "Entering MASTER state",
    "BACKUP": "Entering BACKUP state",
    "FAULT": "Entering FAULT state",
    "STOP": "Stopping",
    DELETED: "Deleted",
}
_OF_INSTANCE = {
    "MASTER": "=> VRRP Instance is now owning VRRP VIPs <=",
    "BACKUP": "=> VRRP Instance is no longer owning VRRP VIPs <=",
    "FAULT": "=> VRRP Instance is no longer owning VRRP VIPs <=",
    "STOP": "=> VRRP Instance stopping <=",
    DELETED: "=> VRRP Deleted at reload <=",
}
_OF_GROUP = {
    "MASTER": "=> All VRRP group instances are now in MASTER state <=",
    "BACKUP": "=> All VRRP group instances are now in BACKUP state <=",
    "FAULT": "=> All VRRP group instances are now in FAULT state <=",
    "STOP": "=> All VRRP group instances are now stopping <=",
}


class Notifier:
    """Tells of state changes. `queues` are for reading, and for the ends of scripts."""

    def __init__(self) -> None:
        self.queues = ScriptQueues()
        self._routers: dict[str, Notifies] = {}
        self._groups: dict[str, Notifies] = {}
        self._telling = Telling()
        self._mailed: dict[tuple[str, str], str] = {}

    def configure(self, configuration: Configuration) -> None:
        """Tell these from now on; who is gone is told once more, of its end."""
        self._routers |= {each.name: each.notifies for each in configuration.routers}
        self._groups |= {each.name: each.notifies for each in configuration.groups}
        self._telling = configuration.telling

    def tell(self, event: Notify | PriorityChanged | LowerHeard) -> Iterator[Effect]:
        """Tell of it whoever wants to know."""
        match event:
            case Notify():
                yield from self._changed(event)
            case PriorityChanged(router, active, priority):
                if self._routers.get(router, Notifies()).priority_changes:
                    yield _line("INSTANCE", router, "MASTER_PRIORITY" if active else "BACKUP_PRIORITY", priority)
            case LowerHeard(router, priority):
                yield from self._run(f"INSTANCE {router}", self._routers.get(router, Notifies()).lower)
                yield _line("INSTANCE", router, "MASTER_RX_LOWER_PRI", priority)

    def _changed(self, event: Notify) -> Iterator[Effect]:
        if event.quietly:
            return
        kind = "GROUP" if event.of_group else "INSTANCE"
        notifies = (self._groups if event.of_group else self._routers).get(event.name, Notifies())
        word = _word(event, notifies)
        if event.to_fifos_only:
            yield _line(kind, event.name, word, event.priority)
            return
        yield from self._run(f"{kind} {event.name}", _script(notifies, word))
        if notifies.any is not None:
            four = kind, event.name, word, str(event.priority)
            everything = replace(notifies.any, arguments=(*notifies.any.arguments, *four))
            yield from self._run(f"{kind} {event.name}", everything)
        yield _line(kind, event.name, word, event.priority)
        if notifies.smtp_alert:
            yield from self._mail(kind, event.name, word)
        if event.deleted:
            (self._groups if event.of_group else self._routers).pop(event.name, None)

    def _run(self, whose: str, script: Script | None) -> Iterator[Effect]:
        if script is not None:
            telling = self._telling
            yield from self.queues.add(whose, runnable(script, telling.user, telling.group), telling.timeout_ms)

    def _mail(self, kind: str, name: str, word: str) -> Iterator[Effect]:
        if self._mailed.get((kind, name)) == word or (word == "FAULT" and self._telling.no_mail_of_faults):
            return
        self._mailed[kind, name] = word
        mail = self._telling.mail
        if mail.recipients:
            subject = f"VRRP {'Group' if kind == 'GROUP' else 'Instance'} {name} - {_SUBJECTS[word]}"
            body = (_OF_GROUP if kind == "GROUP" else _OF_INSTANCE)[word]
            yield SendMail(f"[{mail.router_id}] {subject}" if mail.router_id else subject, body)


def _word(event: Notify, notifies: Notifies) -> str:
    if not event.deleted:
        return _WORDS[event.state]
    # what a reload took away is told as FAULT unless notify_deleted says that it is to be told so
    return DELETED if notifies.tells_deleted and not event.of_group else "FAULT"


def _script(notifies: Notifies, word: str) -> Script | None:
    match word:
        case "MASTER":
            return notifies.active
        case "BACKUP":
            return notifies.backup
        case "FAULT":
            return notifies.fault
        case "STOP":
            return notifies.stop
        case _:
            return notifies.deleted


def _line(kind: str, name: str, word: str, priority: int) -> Tell:
    return Tell(f'{kind} "{name}" {word} {priority}')
