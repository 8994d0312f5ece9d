"""Whole worlds with the production machines in them: good ones pass, and a planted bug is found."""

from random import Random

import pytest

from standfast.sim import main, world
from standfast.sim.plan import draw
from standfast.sim.production import Production

SEEDS_FOR_A_PLANTED_BUG = 50


def test_short_worlds_pass():
    """Broken, the machines lose to the easiest of worlds, or the simulator is at odds with them."""
    verdicts = [world.run(seed, Production, safety_ms=30_000) for seed in (1, 2, 3)]
    assert [verdict.broken for verdict in verdicts] == [""] * 3, "\n".join(verdicts[0].story[-40:])
    assert sum(verdict.counts["acknowledged"] for verdict in verdicts) > 0


def test_one_seed_has_one_story():
    """Broken, a failing seed could not be replayed: something reads a clock, a hash order or a random source."""
    told: list[list[str]] = [[], []]
    for lines in told:
        world.run(4, Production, echo=lines.append, safety_ms=20_000)
    assert told[0] == told[1]
    assert len(told[0]) > 100


def forged_receipts(place: world.World) -> None:
    """Plant a bug: fencing devices tell success before they have cut the power."""
    place.devices.temper.forges = True


@pytest.mark.slow
def test_recovery_before_fencing_is_found():
    """Broken, the simulator would not find the bug that it is there for."""
    for seed in range(1, SEEDS_FOR_A_PLANTED_BUG + 1):
        verdict = world.run(seed, Production, change=forged_receipts)
        if "runs on" in verdict.broken or "was not confirmed off" in verdict.broken or "is promoted" in verdict.broken:
            break
    else:
        pytest.fail("no seed found it")
    assert verdict.story[-1].endswith(verdict.broken)


class Forgetful(Production):
    """Plant a bug: changes are acknowledged before any disk has them."""

    def machines(self, name, node_id):
        made = super().machines(name, node_id)
        made.controller._parts.acknowledgement.acknowledged = lambda state: state.changes
        return made


@pytest.mark.slow
def test_early_acknowledgement_is_found():
    """Broken, a cluster that loses what it acknowledged would pass."""
    found = (world.run(seed, Forgetful).broken for seed in range(1, 4 * SEEDS_FOR_A_PLANTED_BUG))
    assert any("which was acknowledged" in broken for broken in found)


class CutWhilePromoting:
    """Plant partitions: the node on which a promotion has begun is alone for a while, the first time and the second."""

    def __init__(self):
        self.cuts = 0

    def __call__(self, place: world.World) -> None:
        place.faults.stop()
        place.clients.stop()
        place.agents.temper.calm()
        place.agents.temper.duration_ms_max = 3000
        run = place.agents.run

        def watched(kernel, invocation, done):
            if invocation.action == "promote" and self.cuts < 2:
                self.cuts += 1
                ids = {host.name: host.node_id for host in place.hosts}
                alone = frozenset((ids.pop(kernel.node),))
                place.clock.after(1, lambda: place.wires.cut((alone, frozenset(ids.values()))))
                place.clock.after(10_000, place.wires.heal)
            return run(kernel, invocation, done)

        place.agents.run = watched


def test_node_that_is_cut_off_in_a_promotion_demotes_before_it_stops():
    """Broken, an instance whose promotion was under way is stopped as it is; its agent refuses, it stays blocked."""
    cuts = [CutWhilePromoting(), CutWhilePromoting()]
    plans = ((seed, draw(Random(seed))) for seed in range(200))
    fit = [n for n, plan in plans if "m1" in plan.kinds and len(plan.names) == 3 and plan.no_quorum_policy == "stop"]
    verdicts = [world.run(seed, Production, change=cut, safety_ms=20_000) for seed, cut in zip(fit, cuts, strict=False)]
    assert [verdict.broken for verdict in verdicts] == ["", ""]
    assert [cut.cuts for cut in cuts] == [2, 2]


def test_command_says_how_to_replay(capsys):
    """Broken, a developer would not know what to do with a failing seed."""

    class Idle(Production):
        def schedule(self, document, now_s):
            raise RuntimeError("planted")

    assert main.main(["--seeds", "1", "--first", "9"], Idle) == 1
    out = capsys.readouterr().out
    assert "planted" in out
    assert "replay: standfast sim --replay 9" in out
    assert main.main(["--replay", "9"], Idle) == 1


def test_command_counts(capsys):
    """Broken, `make seeds` would not say what it did."""
    assert main.main(["--seeds", "1", "--first", "9", "-v"]) == 0
    assert "1 seeds, 0 broken" in capsys.readouterr().out
