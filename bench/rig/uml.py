"""What user-mode-linux needs of a machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "tools" / "uml-wide-registers.c"


def environment(folder: Path) -> dict[str, str]:
    """Return the environment for the kernel: newer processors have registers that it does not know."""
    if not shutil.which("cc"):
        return dict(os.environ)
    shim = folder / "uml-wide-registers.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", str(shim), str(SOURCE)], check=True)
    return {**os.environ, "LD_PRELOAD": str(shim)}
