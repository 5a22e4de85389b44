"""Submit the demo world's first job through the REST API, as a program would, and wait for its result."""

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from scripts.stops import Stop

ENDED = ("successful", "failed", "dismissed")


class Api:
    """The portal's REST API, asked with a token."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.headers = url, {"Authorization": f"Token {token}", "Content-Type": "application/json"}

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the JSON that a GET, or a POST where there is a body, answers."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.url}{path}", data, self.headers)  # noqa: S310 (our own address)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Stop(f"{path} answered {error.code}: {error.read().decode(errors='replace')}") from None


def first_job(world: Path, api: Api) -> dict[str, Any]:
    """Return the body to submit: the world's first job whose service is there, scenes named by their ids."""
    index = json.loads((world / "demo.json").read_text())
    there = {service["id"] for service in _rows(api.ask("/api/services"))}
    job = next(job for job in index["jobs"] if job["service"] in there)
    ids = {feature["properties"]["name"]: feature["id"] for feature in api.ask("/api/scenes")["features"]}
    scenes = {when: ids[name] for when in ("before", "after") for name in ids if Path(index[when]).stem in name}
    parameters = {
        key: scenes.get(value, value) if isinstance(value, str) else value for key, value in job["parameters"].items()
    }
    return {**job, "parameters": parameters}


def run_first_job(api: Api, world: Path, timeout_s: float = 300) -> dict[str, Any]:
    """Submit and wait; an equal job of an earlier run is taken as it stands.

    Raises:
        Stop: it failed, or it took too long; the message says why.
    """
    job = api.ask("/api/jobs", first_job(world, api))
    until = time.monotonic() + timeout_s
    while job["state"] not in ENDED:
        if time.monotonic() > until:
            raise Stop(f"The demo job is still {job['state']} after {timeout_s:.0f} s: {api.url}/jobs/{job['id']}/")
        time.sleep(0.3)
        job = api.ask(f"/api/jobs/{job['id']}")
    if job["state"] != "successful":
        raise Stop(f"The demo job {job['state']}: {job['error']}")
    return dict(job)


def _rows(answer: Any) -> list[dict[str, Any]]:
    return list(answer.get("services") or answer.get("results") or []) if isinstance(answer, dict) else list(answer)
