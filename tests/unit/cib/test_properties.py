"""The cluster's properties."""

from __future__ import annotations

from standfast import cib
from standfast.cib import properties


def test_properties_have_defaults_old_names_and_pass_over_nonsense(some_of_everything: cib.Document) -> None:
    """The cluster would act on a value that is none, or ignore options of an older version."""
    read = properties.read(some_of_everything)
    assert read.text("no-quorum-policy") == "freeze"
    assert read.duration_ms("fencing-timeout") == 120_000
    assert (read.integer("batch-limit"), read.text("own")) == (0, "kept")
    assert read.is_true("symmetric-cluster")
    assert read.score("node-health-red") == -cib.INFINITY
    assert properties.read(cib.Document.parse("<cib/>")).text("cluster-delay") == "60s"
