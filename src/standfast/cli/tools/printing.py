"""What the tools print around their results: XML as `--output-as=xml` has it, refusals, the version."""

from __future__ import annotations

import sys

from standfast.cli.tools import tree

VERSION = "Pacemaker 2.1.5 (standfast)"
"""What agents compare: `pacemakerd -$` must name a Pacemaker that has `crm_node -n`."""

API_VERSION = "2.25"


def out(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")


def warn(text: str) -> None:
    """Print a line to where errors go."""
    sys.stderr.write(text + "\n")


def result(request: str, *inner: str) -> str:
    """Return a `pacemaker-result` with elements in it, over lines. Source: `--output-as=xml` of Pacemaker's tools."""
    text = "".join(inner) + '<status code="0" message="OK"/>'
    whole = f'<pacemaker-result api-version="{API_VERSION}" request="{tree.escape(request)}">{text}</pacemaker-result>'
    return tree.render(tree.parse(whole.encode())).rstrip("\n")
