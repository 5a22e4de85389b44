"""Check a package in a process of its own, which may take so much time and memory and no more.

`python -m apps.models.check_child SOURCE SCRATCH`: one JSON line, {card, folder} or {error}. No Django: a hostile file
meets a process that knows neither the database nor the portal's secrets.
"""

import json
import resource
import sys
from pathlib import Path

MEMORY_BYTES = 4 << 30
CPU_S = 60
FILE_BYTES = 600 << 20


def main(source: Path, scratch: Path) -> None:
    """Check and tell."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    from eo.errors import EoError
    from eo.io.model_package import open_package

    try:
        package = open_package(source, scratch)
        answer = {"card": package.card.model_dump(mode="json"), "folder": str(package.folder)}
    except EoError as error:
        answer = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
    print(json.dumps(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
