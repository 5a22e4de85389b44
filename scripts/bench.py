"""`make bench`: set up, then `python -m benchmarks`."""

import subprocess
import sys

from scripts.places import PYTHON, ROOT
from scripts.setup import ready
from scripts.stops import Stop
from scripts.timings import Timings


def main() -> int:
    """Run the benchmarks that are named, or all."""
    try:
        with ready(Timings(), development=True) as environment:
            command = [str(PYTHON), "-m", "benchmarks", *sys.argv[1:]]
            return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
