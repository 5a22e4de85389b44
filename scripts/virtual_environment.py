"""The virtual environment: made once, installed into when the pins have changed."""

import hashlib
import subprocess
import sys
from pathlib import Path

from scripts.places import PYTHON, ROOT, VENV
from scripts.stops import Stop

OLDEST = (3, 11)
STAMP = VENV / ".installed"


def check_python(version: tuple[int, ...] = sys.version_info[:2]) -> None:
    """Refuse a Python that is too old.

    Raises:
        Stop: with the way to name another one.
    """
    if version < OLDEST:
        found, wanted = ".".join(map(str, version)), ".".join(map(str, OLDEST))
        raise Stop(f"Python {found} is too old, {wanted} or newer is needed: make run PYTHON=python{wanted}")


def fingerprint(files: list[Path]) -> str:
    """Return the SHA-256 of what is installed from these files."""
    digest = hashlib.sha256(sys.version.encode())
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def install(development: bool) -> bool:
    """Make the environment and install the pinned requirements, unless that was done.

    A run for development also serves the portal; a run for the portal does not take the tools away.

    Returns:
        Whether anything was installed.
    """
    names = ["requirements.txt", *(["requirements-dev.txt"] if development else [])]
    done = STAMP.read_text().split() if STAMP.is_file() and PYTHON.exists() else []
    wanted = [fingerprint([ROOT / name, ROOT / "setup.py", ROOT / "pyproject.toml"]) for name in names]
    if set(wanted) <= set(done):
        return False
    if not PYTHON.exists():
        _run([sys.executable, "-m", "venv", str(VENV)])
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--quiet", "--quiet", "install"]
    _run([*pip, *(part for name in names for part in ("-r", str(ROOT / name)))])
    _run([*pip, "--no-deps", "-e", str(ROOT)])
    STAMP.write_text("\n".join(wanted) + "\n")
    return True


def _run(command: list[str]) -> None:
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise Stop(f"{' '.join(command[1:5])} … failed; its message is above.")
