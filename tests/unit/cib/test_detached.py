"""Documents without some of their elements, for a while."""

from __future__ import annotations

import pytest

from standfast import cib
from standfast.cib import detached

TEXT = b"<cib><configuration><a/><b/><c/><d/></configuration><status><x/></status></cib>"


def test_what_was_taken_out_is_back_in_its_place() -> None:
    """Members that scheduled would hold another document than those that did not: the next digest would differ."""
    document = cib.Document.parse(TEXT)
    configuration = document.configuration
    with detached.without([configuration[0], configuration[2], configuration[3], document.status]):
        assert document.render() == b"<cib><configuration><b/></configuration></cib>"
    assert document.render() == TEXT


def test_a_failure_meanwhile_loses_nothing() -> None:
    """A status would be gone after an error in the middle of a copy."""
    document = cib.Document.parse(TEXT)
    with pytest.raises(ZeroDivisionError), detached.without([document.status]):
        _ = 1 / 0
    assert document.render() == TEXT
