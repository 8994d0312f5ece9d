"""The contract of data planes on the kernel's IPVS."""

import re
import shlex
import sys
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.busy]


def test_the_contract_holds_on_a_real_kernel(run_in_uml: Callable[[str], Any]) -> None:
    """If this failed, the director would do something else on Linux than in the model and its tests."""
    tests = "tests/contract/test_dataplane.py -k ipvs -p no:cacheprovider --basetemp=/run/pytest -rs"
    result = run_in_uml(f"{shlex.quote(sys.executable)} -m pytest {tests}")
    assert result.status == 0, result.output[-6000:]
    passed = re.search(r"(\d+) passed", result.output)
    assert passed, result.output[-2000:]
    assert int(passed[1]) >= 15
    assert "skipped" not in result.output
