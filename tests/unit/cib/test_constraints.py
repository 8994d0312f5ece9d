"""Views of constraints."""

from __future__ import annotations

from standfast import cib
from standfast.cib import constraints


def test_constraints(some_of_everything: cib.Document) -> None:
    """An operator's constraint would not be found by the resource that it names."""
    location, colocation, order, ticket = constraints.read(some_of_everything)
    assert isinstance(location, constraints.Location)
    assert isinstance(colocation, constraints.Colocation)
    assert isinstance(order, constraints.Order)
    assert isinstance(ticket, constraints.Ticket)
    assert (location.node, location.score) == ("N1", "5")
    assert colocation.sets[0].members == ("g", "m")
    assert (colocation.sets[0].sequential, order.first_action, ticket.loss_policy) == ("false", "start", "fence")
    assert [e.get("id") for e in constraints.naming(some_of_everything, "m")] == ["co", "o", "ti"]
