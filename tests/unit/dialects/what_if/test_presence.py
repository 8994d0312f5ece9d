"""Which instances run, moment by moment."""

from __future__ import annotations

from standfast import scheduler, transition
from standfast.dialects.what_if.presence import PROMOTED, RUNNING, Moment, Presence, moments

NOW_S = 1_700_000_000


def test_what_runs_now(document) -> None:
    """A gap would be told of what runs twice, or none of what is gone."""
    presence = Presence.of(scheduler.state(document, NOW_S))
    assert (presence.count("web", RUNNING), presence.count("db", RUNNING), presence.count("db", PROMOTED)) == (1, 3, 1)
    assert {(m.resource, m.role) for m in presence.without("n1")} == {
        ("web", RUNNING),
        ("db", RUNNING),
        ("db", PROMOTED),
    }


def test_nothing_is_less_than_none(document) -> None:
    """An instance that is stopped twice would be missing when it runs again."""
    presence = Presence()
    for change in (-1, -1, 1):
        presence.apply(Moment(0, "web", "n1", RUNNING, change))
    assert presence.count("web", RUNNING) == 1


def test_a_migration_is_no_gap() -> None:
    """A machine that moves alive would be told to be down."""
    ref = transition.ResourceRef("vm", "ocf", "VirtualDomain", "heartbeat")
    done = transition.Action(
        1, transition.Kind.RESOURCE, "migrate_from", on_node="n2", resource=ref,
        attributes={"CRM_meta_migrate_source": "n1"},
    )  # fmt: skip
    assert moments([(5, 9, done)]) == [Moment(9, "vm", "n2", RUNNING, 1), Moment(9, "vm", "n1", RUNNING, -1)]
