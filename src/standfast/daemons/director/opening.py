"""A director's first table, set before anything is there that only watches it.

Services are back when the table stands. What takes a loop, probes and answers is imported after that.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from standfast import director, garbage
from standfast.daemons.director.table import Table
from standfast.director import events
from standfast.runtime.live import now


class Opening:
    """A machine whose first table is set. `effects` are what else is to be done, made as they are asked for;
    `refusals` what the data plane did not take."""

    def __init__(self, configuration: director.Configuration, table: Table) -> None:
        """Raises: LiveError, if the data plane does not answer."""
        self.machine = director.Machine()
        self.table = table
        with garbage.held_back(stays=True):  # hundred thousands of new objects
            effects = iter(self.machine.effects(table.first(configuration), now()))
            until_ready = itertools.takewhile(lambda effect: not isinstance(effect, events.Ready), effects)
            others = [effect for effect in until_ready if not table.take(effect)]
            self.refusals = table.set_all()
        self.effects: Iterator[events.Effect] = itertools.chain(others, (events.Ready(),), effects)
