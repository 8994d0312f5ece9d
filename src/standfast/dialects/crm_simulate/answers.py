"""What `crm_simulate` answers without simulating: its version, and how long inputs took."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from standfast.dialects.status import xml


def version(arguments: argparse.Namespace, number: str) -> str:
    """Return which version answers."""
    if arguments.output_as != "xml":
        return f"standfast {number}\n"
    root = xml.result(arguments.request)
    xml.add(root, "version", {"program": "standfast", "version": number})
    return xml.finished(root)


def timings(arguments: argparse.Namespace, found: Sequence[tuple[str, float]]) -> str:
    """Return how long each file took, in seconds."""
    if arguments.output_as != "xml":
        return "".join(["Timings:\n", *(f"  * Testing {name} ... {seconds:.2f} secs\n" for name, seconds in found)])
    root = xml.result(arguments.request)
    section = xml.add(root, "timings", {})
    for name, seconds in found:
        xml.add(section, "timing", {"file": name, "duration": f"{seconds:.6f}"})
    return xml.finished(root)
