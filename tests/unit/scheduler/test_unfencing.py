"""Unfencing: a node is let in by its device before anything runs there."""

from __future__ import annotations


def test_a_device_that_unfences_goes_first(small) -> None:
    """A node would start a resource on storage that it has no access to yet."""
    device = small.primitive("scsi", agent="stonith:fence_scsi", meta={"provides": "unfencing"})
    plan = small.plan(device, "a", stonith_enabled="true", nodes=["n1"])
    assert "stonith-n1-on n1" in plan.keys
    assert plan.precedes("stonith-n1-on n1", "a_start_0 n1")
