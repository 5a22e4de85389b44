"""`make test`, `make test-quick`, `make check`: set up, then everything that can fail; pytest's summary comes last."""

import argparse
import os
import subprocess
import sys

from scripts.places import PYTHON, ROOT
from scripts.setup import ready
from scripts.stops import Stop
from scripts.timings import Timings

CHECKS = {
    "Format": ("ruff", "format", "--check", "."),
    "Lint": ("ruff", "check", "."),
    "Types": ("mypy",),
    "Import contracts": ("lint-imports",),
    "Migrations": ("python", "manage.py", "makemigrations", "--check", "--dry-run"),
    "System checks": ("python", "manage.py", "check"),
}
BROWSER = ("pytest", "-q", "-m", "e2e")
REST = ("pytest", "-q", "-n", "2", "-m", "not e2e")
QUICK = ("pytest", "-q", "-n", "2", "-m", "not e2e and not slow")


def main() -> int:
    """Run the wanted part; every step runs, the status tells whether all of them went well."""
    parser = argparse.ArgumentParser(prog="python -m scripts.test")
    parser.add_argument("part", choices=("all", "quick", "check"), nargs="?", default="all")
    part = parser.parse_args().part
    steps = {} if part == "quick" else dict(CHECKS)
    steps |= {"all": {"Browser tests": BROWSER, "Tests": REST}, "quick": {"Tests": QUICK}, "check": {}}[part]
    timings = Timings()
    try:
        with ready(timings, development=True) as environment:
            failed = [name for name, command in steps.items() if not _passes(timings, name, command, environment)]
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    if failed:
        print(f"Failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _passes(timings: Timings, name: str, command: tuple[str, ...], environment: dict[str, str]) -> bool:
    path = f"{PYTHON.parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    quiet = name == "Tests"  # pytest's own line closes the output
    print(f"• {name}: {' '.join(command)}", flush=True)
    done = subprocess.run(
        [PYTHON.parent / command[0], *command[1:]], cwd=ROOT, env={**environment, "PATH": path}, check=False
    )
    if not quiet:
        print(f"  {name}: {'passed' if done.returncode == 0 else 'FAILED'}", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
