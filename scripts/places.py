"""Where things lie."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


def var_dir() -> Path:
    """Return the folder of everything that is made at run time (`VAR_DIR`)."""
    return Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve()
