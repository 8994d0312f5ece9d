"""Digests, as Pacemaker has them."""

from __future__ import annotations

import hashlib

from standfast.agents import digests


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def test_known_values() -> None:
    """Every resource would seem to have changed when a cluster comes from Pacemaker: all would restart."""
    assert digests.operation_digest({}) == "f2317cad3d54cec5d7d7aa7d0bf35cf8"
    assert digests.operation_digest({}, 10000, 20000) == "4811cef7f7f94e3a35a70be7916cb2fd"


def test_sorted_by_bytes() -> None:
    """The order of parameters in the configuration would matter."""
    assert digests.digest({"b": "1", "a": "2", "Z": "3", "é": "4"}) == md5(' <parameters Z="3" a="2" b="1" é="4"/>\n')


def test_escapes() -> None:
    """A value with a quote, an ampersand or a line end would have another digest than at Pacemaker's."""
    assert digests.escape("a<b>&\"'\n\t\x7fé") == "a&lt;b&gt;&amp;&quot;'&#x0A;&#x09;&#x7F;é"


def test_what_does_not_count() -> None:
    """A new transition's meta attributes would look like a change of the resource."""
    parameters = {"ip": "1", "CRM_meta_timeout": "20000", "CRM_meta_name": "x", "crm_feature_set": "3", "on_node": "n"}
    assert digests.hashed(parameters) == {"ip": "1"}
    assert digests.hashed(parameters, 5000) == {"ip": "1", "CRM_meta_timeout": "20000"}
    assert digests.hashed(parameters, 5000, 7) == {"ip": "1", "CRM_meta_timeout": "7"}


def test_restart_digest_is_of_the_named_ones() -> None:
    """A change that a reload can take would restart the service, or the other way round."""
    assert digests.restart_digest({"a": "1", "b": "2"}, ("b", "c")) == md5(' <parameters b="2"/>\n')


def test_secure_digest_is_of_all_others() -> None:
    """Sanitized configurations would look changed."""
    assert digests.secure_digest({"a": "1", "passwd": "2"}, ("passwd",)) == digests.digest({"a": "1"})


def test_word_lists() -> None:
    """The scheduler looks for a name between spaces: the first and last would not be found."""
    assert digests.word_list(["a", "b"]) == " a b "
    assert digests.word_list([]) == ""
    assert digests.words(" a b ") == {"a", "b"}
