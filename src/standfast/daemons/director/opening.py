"""A director's first table, set before anything is there that only watches it.

Services are back when the table stands. What takes a loop, probes and answers is imported after that.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

from standfast import director, garbage
from standfast.daemons.director.table import Table
from standfast.director import events
from standfast.runtime.live import now


class Opening(NamedTuple):
    """A machine whose first table is set. `effects` are what else is to be done, made as they are asked for;
    `refusals` what the data plane did not take."""

    machine: director.Machine
    table: Table
    effects: Iterator[events.Effect]
    refusals: list[director.Refusal]


def set_first_table(configuration: director.Configuration, table: Table) -> Opening:
    """Give a new machine its first configuration, and set the table. Raises: LiveError."""
    machine = director.Machine()
    refusals: list[director.Refusal] = []
    others: list[events.Effect] = []
    with garbage.held_back(stays=True):  # hundred thousands of new objects
        effects = iter(machine.effects(table.first(configuration), now()))
        for effect in effects:
            if table.take(effect):
                refusals += table.set_all()  # before the machine is asked for what comes next
            else:
                others.append(effect)
            if isinstance(effect, events.Ready):
                break
    return Opening(machine, table, itertools.chain(others, effects), refusals)
