"""What exit codes of agents are called. Source: `crm_error --exit -l` of Pacemaker 3.0."""

from __future__ import annotations

_TEXTS = {
    0: "OK",
    1: "Error occurred",
    2: "Invalid parameter",
    3: "Unimplemented",
    4: "Insufficient privileges",
    5: "Not installed",
    6: "Not configured",
    7: "Not running",
    8: "Promoted",
    9: "Failed in promoted role",
    124: "Timeout occurred",
    190: "Service is active but might fail soon",
    191: "Service is promoted but might fail soon",
    193: "No exit status available",
}


def describe(code: int) -> str:
    """Return the text for an exit code."""
    if code in _TEXTS:
        return _TEXTS[code]
    return "Interrupted by signal" if 128 < code < 190 else "Unknown exit status"
