"""From a clean clone to the demo job's result, and the second start: `make run` in a clone of this repository."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ALL_S, OURS_S, AGAIN_S = 600.0, 90.0, 15.0
UP = "Groundwork is up"


def run() -> list[dict[str, Any]]:
    """Clone, run twice, return the rows of the report."""
    with tempfile.TemporaryDirectory(prefix="groundwork-bench-") as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        Path(folder).chmod(0o755)  # PostgreSQL's account passes through
        first_s = _up_s(clone)
        steps = json.loads((clone / "var" / "first_run.json").read_text())
        again_s = _up_s(clone)
    ours_s = sum(step["seconds"] for step in steps if step["ours"])
    note = "; ".join(f"{step['step']} {step['seconds']:.1f} s" for step in steps)
    return [
        _row("clean clone → demo result", first_s, ALL_S, note),
        _row("of which ours", ours_s, OURS_S, "all but package downloads and installs"),
        _row("second make run", again_s, AGAIN_S, "up, and the demo job's result there"),
    ]


def _row(name: str, seconds: float, target_s: float, note: str) -> dict[str, Any]:
    values = {"ours": round(seconds, 1), "comparison": None, "unit": "s", "ratio": None, "target": f"<= {target_s:g} s"}
    return {"name": f"first run: {name}", **values, "ok": seconds <= target_s, "note": note}


def _up_s(clone: Path) -> float:
    """Return the seconds until the portal says that it is up; it is stopped then."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    hidden = ("DATABASE_URL", "VAR_DIR", "MAKEFLAGS", "MAKELEVEL", "MFLAGS", "SITE_URL")  # ours, not the clone's
    environment = {name: value for name, value in os.environ.items() if name not in hidden} | {"PORT": str(port)}
    process = subprocess.Popen(
        ["make", "run"], cwd=clone, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout
    try:
        for line in process.stdout:
            if line.startswith(UP):
                return time.perf_counter() - began
        raise RuntimeError(f"make run ended with status {process.wait()} before it was up")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
