"""Who is told what of a state change, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from standfast.director import vrrp
from standfast.director.checks import Script
from standfast.director.configuration import Mail
from standfast.director.events import RunScript, SendMail, Tell
from standfast.director.vrrp.events import LowerHeard, Notify, PriorityChanged, State
from standfast.director.vrrp.notification import Notifier

ALL = vrrp.Notifies(
    active=Script(("/n", "a")), backup=Script(("/n", "b")), fault=Script(("/n", "f")), stop=Script(("/n", "s")),
    deleted=Script(("/n", "d")), lower=Script(("/n", "l")), any=Script(("/n",)), smtp_alert=True, priority_changes=True,
)  # fmt: skip
MAIL = Mail(recipients=("root@localhost",), router_id="one")
Maker = Callable[..., Notifier]


@pytest.fixture
def notifier(virtual_router: Callable[..., vrrp.VirtualRouter]) -> Maker:
    """Return a maker of notifiers of a router V and a group G."""

    def make(notifies: vrrp.Notifies = ALL, **telling: Any) -> Notifier:
        made = Notifier()
        router, group = virtual_router(notifies=notifies), vrrp.SyncGroup("G", notifies=notifies)
        made.configure(vrrp.Configuration((router,), (group,), telling=vrrp.Telling(mail=MAIL, **telling)))
        return made

    return make


def commands(notifier: Notifier, effects: list[Any]) -> list[str]:
    """Return the scripts in the order in which they run."""
    found, todo = [], [effect for effect in effects if isinstance(effect, RunScript)]
    while todo:
        effect = todo.pop(0)
        found.append(str(effect.script))
        todo += [each for each in notifier.queues.ended(effect.number, "") if isinstance(each, RunScript)]
    return found


@pytest.mark.parametrize(
    ("event", "expected", "line"),
    [
        (Notify("V", State.ACTIVE, 100), ["/n a", "/n INSTANCE V MASTER 100"], 'INSTANCE "V" MASTER 100'),
        (Notify("V", State.BACKUP, 100), ["/n b", "/n INSTANCE V BACKUP 100"], 'INSTANCE "V" BACKUP 100'),
        (Notify("V", State.FAULT, 80), ["/n f", "/n INSTANCE V FAULT 80"], 'INSTANCE "V" FAULT 80'),
        (Notify("V", State.INITIALIZE, 100), ["/n s", "/n INSTANCE V STOP 100"], 'INSTANCE "V" STOP 100'),
        (Notify("G", State.ACTIVE, 0, of_group=True), ["/n a", "/n GROUP G MASTER 0"], 'GROUP "G" MASTER 0'),
        (
            Notify("V", State.INITIALIZE, 100, deleted=True),
            ["/n f", "/n INSTANCE V FAULT 100"],
            'INSTANCE "V" FAULT 100',
        ),
    ],
)
def test_a_state_change(notifier: Maker, event: Notify, expected: list[str], line: str) -> None:
    """Scripts written for keepalived would not understand what they are told."""
    made = notifier()
    effects = list(made.tell(event))
    assert commands(made, effects) == expected
    assert Tell(line) in effects


def test_deleted_is_told_as_such_if_wanted(notifier: Maker) -> None:
    """`notify_deleted` would do nothing."""
    made = notifier(vrrp.Notifies(deleted=Script(("/d",)), tells_deleted=True))
    effects = list(made.tell(Notify("V", State.INITIALIZE, 100, deleted=True)))
    assert commands(made, effects) == ["/d"]
    assert Tell('INSTANCE "V" DELETED 100') in effects


def test_scripts_of_one_router_come_in_order(notifier: Maker) -> None:
    """The last script to end would not be the last state's."""
    made = notifier()
    effects = [*made.tell(Notify("V", State.BACKUP, 100)), *made.tell(Notify("V", State.ACTIVE, 100))]
    assert [each.object for each in effects if isinstance(each, RunScript)] == ["INSTANCE V"]
    assert commands(made, effects) == ["/n b", "/n INSTANCE V BACKUP 100", "/n a", "/n INSTANCE V MASTER 100"]
    assert made.queues.idle


def test_nobody_is_told_twice_of_a_groups_state(notifier: Maker) -> None:
    """A member's script would run though the group's did."""
    assert list(notifier().tell(Notify("V", State.BACKUP, 100, quietly=True))) == []


def test_priorities_and_rivals(notifier: Maker) -> None:
    """What follows a FIFO would not know the priority, or that a rival took what is ours."""
    made = notifier()
    assert list(made.tell(PriorityChanged("V", active=True, priority=80))) == [Tell('INSTANCE "V" MASTER_PRIORITY 80')]
    assert list(made.tell(PriorityChanged("V", active=False, priority=9))) == [Tell('INSTANCE "V" BACKUP_PRIORITY 9')]
    effects = list(made.tell(LowerHeard("V", 100)))
    assert commands(made, effects) == ["/n l"]
    assert Tell('INSTANCE "V" MASTER_RX_LOWER_PRI 100') in effects
    assert list(notifier(vrrp.Notifies()).tell(PriorityChanged("V", active=True, priority=80))) == []


def test_mails(notifier: Maker) -> None:
    """An operator would not hear of a takeover, or hear of it again and again."""
    made = notifier(no_mail_of_faults=True)
    states = [State.BACKUP, State.ACTIVE, State.ACTIVE, State.FAULT, State.ACTIVE, State.BACKUP]
    effects = [effect for state in states for effect in made.tell(Notify("V", state, 100))]
    mails = [effect for effect in effects if isinstance(effect, SendMail)]
    assert [mail.subject for mail in mails] == [
        "[one] VRRP Instance V - Entering BACKUP state",
        "[one] VRRP Instance V - Entering MASTER state",
        "[one] VRRP Instance V - Entering BACKUP state",
    ]
    assert "owning" in mails[1].body
    assert not [each for each in made.tell(Notify("G", State.FAULT, 0, of_group=True)) if isinstance(each, SendMail)]


def test_a_state_that_stays_is_for_fifos_only(notifier: Maker) -> None:
    """A reload would run scripts and send mails for nothing; or the FIFO would not have the states."""
    one = notifier()
    again = list(one.tell(Notify("V", State.ACTIVE, 100, to_fifos_only=True)))
    assert again == [Tell('INSTANCE "V" MASTER 100')]
