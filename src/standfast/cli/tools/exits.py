"""Exit statuses, as plain numbers: these tools start in milliseconds and import no enumeration.

The names and numbers are those of `errors.Exit`; a test compares them.
"""

OK = 0
ERROR = 1
UNIMPLEMENTED = 3
USAGE = 64
DATA = 65
NO_INPUT = 66
NO_HOST = 68
UNAVAILABLE = 69
SOFTWARE = 70
PROTOCOL = 76
CONFIG = 78
DISCONNECTED = 102
NO_SUCH = 105
EXISTS = 108
UNSATISFIED = 113
TIMEOUT = 124


class ToolError(Exception):
    """Why a tool gives up, and what it ends with."""

    def __init__(self, message: str, status: int = ERROR) -> None:
        self.status = status
        super().__init__(message)
