"""python -m benchmarks [NAME…]: print ours beside the comparison and the target, keep them in results.json."""

import importlib
import json
import os
import platform
import sys
import traceback
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER / "results.json"
COLUMNS = ("name", "ours", "comparison", "unit", "ratio", "target", "ok", "note")
PACKAGES = ("django", "numpy", "rasterio", "titiler.core")

Row = dict[str, Any]


def main(wanted: list[str]) -> int:
    """Run the wanted benchmarks, or all; fail where a target is missed or a benchmark breaks."""
    names = benchmark_names()
    unknown = sorted(set(wanted) - set(names))
    if unknown:
        print(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(names)}.", file=sys.stderr)
        return 2
    results = {name: _rows(name) for name in wanted or names}
    print(table([row for rows in results.values() for row in rows]))
    keep(results)
    return 0 if all(row["ok"] for rows in results.values() for row in rows) else 1


def benchmark_names() -> list[str]:
    """Return the modules beside this one that have a `run`."""
    return [path.stem for path in sorted(FOLDER.glob("*.py")) if "\ndef run(" in path.read_text()]


def _rows(name: str) -> list[Row]:
    print(f"• {name} …", file=sys.stderr, flush=True)
    try:
        rows: list[Row] = importlib.import_module(f"benchmarks.{name}").run()
    except Exception as error:  # one that breaks does not stop the others
        traceback.print_exc()
        return [{**dict.fromkeys(COLUMNS), "name": name, "ok": False, "note": f"{type(error).__name__}: {error}"}]
    return rows


def table(rows: list[Row]) -> str:
    """Return the rows as columns of text."""
    cells = [list(COLUMNS), *([_text(row.get(column)) for column in COLUMNS] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(COLUMNS))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def keep(results: dict[str, list[Row]], path: Path = RESULTS) -> None:
    """Write the rows with when and where they were measured; benchmarks that did not run keep theirs."""
    known = json.loads(path.read_text()) if path.is_file() else {}
    measured = {"measured": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine()}
    known.update({name: {**measured, "rows": rows} for name, rows in results.items()})
    path.write_text(json.dumps(dict(sorted(known.items())), indent=2, ensure_ascii=False) + "\n")


def machine() -> Row:
    """Return what the numbers depend on: processor, cores, memory, versions."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    versions = {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
    return {"processor": model, "cores": os.cpu_count(), "memory_gb": round(memory_gb, 1), "versions": versions}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
