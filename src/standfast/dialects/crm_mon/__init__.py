"""What crm_mon prints: `text(state, document, view)` and `xml(state, document, view)`."""

from __future__ import annotations

from standfast import cib
from standfast.dialects.crm_mon import text as _text
from standfast.dialects.crm_mon import xml as _xml
from standfast.dialects.crm_mon.view import FenceEvent, View
from standfast.dialects.status import facts as _facts
from standfast.dialects.status.words import EXIT_WORDS
from standfast.scheduler import State


def text(state: State, document: cib.Document, view: View) -> str:
    """Return the screen of `crm_mon -1 --inactive`."""
    return _text.render(state, _facts.read(document), view)


def xml(state: State, document: cib.Document, view: View) -> str:
    """Return what `crm_mon --output-as=xml` prints."""
    return _xml.render(state, document, _facts.read(document), view)


__all__ = ["EXIT_WORDS", "FenceEvent", "View", "text", "xml"]
