"""Store the parameter schemas of all services: run it when a service gets a new version."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from services.core.command import describe_service  # noqa: E402
from services.core.registry import all_services  # noqa: E402

if __name__ == "__main__":
    folder = ROOT / "tests/architecture/schemas"
    folder.mkdir(exist_ok=True)
    for service in all_services().values():
        described = describe_service(service)
        document = {"version": described["version"], "parameters": described["parameters"]}
        (folder / f"{service.id}.json").write_text(json.dumps(document, indent=2) + "\n")
