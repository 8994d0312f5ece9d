"""What `standfast bfd` shows."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from standfast.cli import render_bfd
from standfast.director import bfd
from standfast.director.bfd import status
from standfast.director.bfd.draws import Draws
from standfast.director.bfd.session import Session


def known(**more: Any) -> dict[str, Any]:
    session = Session(bfd.SessionConfiguration("S", ip_address("192.0.2.2")), 7, Draws(1))
    return {"sessions": [status.row(session, 0)], "dropped": {}, "restarts": 0, **more}


def test_a_line_for_each_session() -> None:
    """If this failed, nobody would see which session is down."""
    assert render_bfd.status(known()) == ["S with 192.0.2.2: Down (no reason given)"]
    assert render_bfd.status(known(sessions=[])) == ["no BFD sessions"]
    assert not render_bfd.are_all_up(known()["sessions"])


def test_what_concerns_no_session_is_said_too() -> None:
    """If this failed, packets of a neighbour that is not configured would come unseen."""
    told = known(dropped={"no session has this neighbour": 3}, restarts=2)
    assert render_bfd.explained(told, told["sessions"])[-2:] == [
        "3 packets were of no session: no session has this neighbour",
        "the BFD process died 2 times and was started again",
    ]
