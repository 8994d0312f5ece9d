"""Put the compiled form of some modules into a wheel, if there is a compiler; else the wheel is pure, and says so."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledModules(BuildHookInterface):  # type: ignore[type-arg]
    """Compiles for wheels. An editable installation has its compiled form in the checkout: `make venv`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the compiled modules to what is packed."""
        if version == "editable" or os.environ.get("STANDFAST_COMPILE") == "0":
            return
        tool = _tool(Path(self.root))
        self._folder = tempfile.TemporaryDirectory(prefix="standfast-wheel-")
        target = Path(self._folder.name, "compiled")
        try:
            tool.build(target)
        except tool.CannotCompileError as e:
            self.app.display_warning(f"PURE FORM: nothing is compiled: {e}")
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"].update({str(p): str(p.relative_to(target)) for p in target.rglob("*.so")})

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was packed."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()


def _tool(root: Path) -> Any:
    spec = importlib.util.spec_from_file_location("compile_modules", root / "tools" / "compile_modules.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
