"""The main job by a program with a token: a real server, a real worker, the demo world and a real product."""

import hashlib
import io
import json
import signal
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest
import rasterio
from pystac import STACObjectType
from pystac.validation.stac_validator import JsonSchemaSTACValidator
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from running_portal import DEMO_USER, Portal, database_url, portal

__all__ = ["database_url", "portal"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db]
DEMO, REAL = "S2B_MSIL2A_20250905", "S2A_MSIL2A_20221005T115411"
RECORDS = {"item.json", "provenance.json", "README.md", "log.txt"}


@dataclass
class Program:
    """What a user's script holds: an address and a token."""

    http: httpx.Client

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON of a GET that must be answered."""
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None) -> httpx.Response:
        """Return the answer to a POST."""
        return self.http.post(path, json=body)

    def scene(self, name: str) -> tuple[str, list[float]]:
        """Return the id of a scene, and the middle quarter of its box."""
        feature = self.get("/api/scenes", q=name)["features"][0]
        ring = np.array(feature["geometry"]["coordinates"][0][0])
        (west, south), (east, north) = ring.min(axis=0), ring.max(axis=0)
        dx, dy = (east - west) / 4, (north - south) / 4
        return feature["id"], [west + dx, south + dy, east - dx, north - dy]

    def follow(self, job: str) -> list[dict[str, Any]]:
        """Listen to a job's events until it has ended; return its documents."""
        heard = []
        with self.http.stream("GET", f"/api/jobs/{job}/events", timeout=60) as events:
            for line in events.iter_lines():
                if line.startswith("data: "):
                    heard.append(json.loads(line.removeprefix("data: ")))
        return heard


@pytest.fixture
def program(portal: Portal) -> Iterator[Program]:
    """A script with a token that may do all that tokens may."""
    secret = portal.manage("create_token", DEMO_USER, "--name", "script").split()[-1]
    with httpx.Client(base_url=portal.url, headers={"Authorization": f"Token {secret}"}, timeout=30) as http:
        yield Program(http)


def preprocess(program: Program, name: str, resolution_m: float) -> dict[str, Any]:
    """Check, submit and follow one `S2-preprocess`; return the job."""
    scene, box = program.scene(name)
    area = program.post("/api/aois/check", {"bbox": box}).json()
    assert 1 < area["area_km2"] < 5000
    found = program.get("/api/scenes", intersects=area["wkt"], cloud_max=90)["features"]
    assert scene in [feature["id"] for feature in found]
    order = {"service": "s2_preprocess", "parameters": {"input": scene, "aoi": area["wkt"], "resolution": resolution_m}}
    check = program.post("/api/jobs/check", order).json()
    assert (check["valid"], check["errors"], check["same_result"]) == (True, [], None)
    assert check["estimate"]["output_bytes"] > 0
    answer = program.post("/api/jobs", {**order, "name": f"From a script, {name}"})
    assert (answer.status_code, answer.json()["state"]) == (201, "accepted")
    heard = program.follow(answer.json()["id"])
    assert heard[-1]["state"] == "successful", heard[-1]["error"]
    assert [job["fraction"] for job in heard] == sorted(job["fraction"] for job in heard)
    again = program.post("/api/jobs", order)
    assert (again.status_code, again.headers["Groundwork-Same-Result"]) == (200, "true")
    assert again.json()["result"] == heard[-1]["result"]
    return dict(heard[-1])


def check_tiles(program: Program, asset: dict[str, Any]) -> None:
    """Fetch the tile over the middle, the value there, the statistics; no token but the tile's own is needed."""
    with httpx.Client(base_url=program.http.base_url) as http:
        look_at_tiles(http, asset["tiles"])


def look_at_tiles(http: httpx.Client, tiles: dict[str, str]) -> None:
    """Ask as a map does."""
    where = http.get(tiles["tilejson"]).json()
    west, south, east, north = where["bounds"]
    longitude, latitude, zoom = (west + east) / 2, (south + north) / 2, where["minzoom"] + 2
    x = int((longitude + 180) / 360 * 2**zoom)
    y = int((1 - np.arcsinh(np.tan(np.radians(latitude))) / np.pi) / 2 * 2**zoom)
    picture = http.get(tiles["template"].format(z=zoom, x=x, y=y))
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    with MemoryFile(picture.content) as file, pytest.warns(NotGeoreferencedWarning), file.open() as image:
        assert (image.width, image.height) == (256, 256)
        assert image.read(image.count).max() == 255  # opaque somewhere
    point = http.get(tiles["point"].format(lon=longitude, lat=latitude))
    assert point.status_code == 200, point.text
    assert http.get(tiles["statistics"]).status_code == 200
    made_up = tiles["template"].format(z=zoom, x=x, y=y).replace(":", ":A", 1)
    assert http.get(made_up).status_code == 403


def check_archive(program: Program, job: dict[str, Any], resolution_m: float) -> None:
    """Open the archive: whole, COGs, a valid item, a complete provenance."""
    answer = program.http.get(f"/api/results/{job['result']}/archive.zip")
    assert int(answer.headers["content-length"]) == len(answer.content)
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    files = {name.rpartition("/")[2]: archive.read(name) for name in archive.namelist()}
    assert files.keys() >= {*RECORDS, "reflectance.tif"}
    item, provenance = json.loads(files["item.json"]), json.loads(files["provenance.json"])
    JsonSchemaSTACValidator().validate_core(item, STACObjectType.ITEM, "1.1.0")
    with MemoryFile(files["reflectance.tif"]) as file, rasterio.open(file.name) as raster:
        assert raster.res == (resolution_m, resolution_m)
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert [band["name"] for band in item["assets"]["reflectance"]["bands"]] == list(raster.descriptions)
        assert 0 < np.median(raster.read(1, masked=True).compressed()) * raster.scales[0] + raster.offsets[0] < 1.5
    check_provenance(program, job, provenance, files)
    assert "done" in files["log.txt"].decode()


def check_provenance(
    program: Program, job: dict[str, Any], provenance: dict[str, Any], files: dict[str, bytes]
) -> None:
    """Every parameter, the inputs with their ids and checksums, the files with theirs, the versions of the software."""
    schema = program.get("/api/services/s2_preprocess")["parameters"]["properties"]
    assert provenance["parameters"].keys() == schema.keys()
    assert provenance["parameters"] == job["parameters"]
    assert (provenance["job"], provenance["service"]["version"]) == (job["id"], job["service_version"])
    (given,) = provenance["inputs"]
    assert (given["parameter"], given["id"], len(given["sha256"])) == ("input", job["parameters"]["input"], 64)
    written = {output["file"]: output["sha256"] for output in provenance["outputs"]}
    assert written == {name: hashlib.sha256(files[name]).hexdigest() for name in files.keys() - RECORDS}
    assert provenance["software"].keys() >= {"gdal", "python", "rasterio", "numpy"}
    assert "/" not in json.dumps([provenance["parameters"], provenance["inputs"]])  # no path of the server


def test_on_the_demo_world(program: Program) -> None:
    job = preprocess(program, DEMO, 20)
    result = program.get(f"/api/results/{job['result']}")
    assert [asset["key"] for asset in result["assets"]] == ["reflectance"]
    check_tiles(program, result["assets"][0])
    check_archive(program, job, 20)
    assert program.get(f"/api/jobs/{job['id']}/log")["text"].count("attempt 1 of s2_preprocess") == 1
    part = program.http.get(result["assets"][0]["href"], headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"II*\0")
    ended = program.post(f"/api/jobs/{job['id']}/cancel")
    assert (ended.status_code, ended.json()["code"]) == (409, "job_ended")
    changed = program.post(f"/api/jobs/{job['id']}/rerun", {"parameters": {"resolution": 60}}).json()
    assert program.follow(changed["id"])[-1]["state"] == "successful"
    assert changed["rerun_of"] == job["id"]
    assert program.http.delete(f"/api/results/{job['result']}").status_code == 204
    assert program.http.get(f"/api/results/{job['result']}").status_code == 404


def test_on_the_real_product(program: Program, shared_data) -> None:  # type: ignore[no-untyped-def]
    """It holds its 60 m bands only."""
    job = preprocess(program, REAL, 60)
    check_tiles(program, program.get(f"/api/results/{job['result']}")["assets"][0])
    check_archive(program, job, 60)


def test_the_web_process_killed_in_the_middle_of_an_upload(program: Program, portal: Portal, demo_world) -> None:  # type: ignore[no-untyped-def]
    """The program goes on where the server says, and the scene is whole."""
    packed = io.BytesIO()
    safe = demo_world.scenes[0]
    with zipfile.ZipFile(packed, "w") as archive:
        for path in (p for p in sorted(safe.rglob("*")) if p.is_file()):
            archive.write(path, path.relative_to(safe.parent))
    content = packed.getvalue()
    begun = program.post("/api/uploads", {"filename": f"{safe.name}.zip", "size": len(content)}).json()
    address, step = f"/api/uploads/{begun['id']}", min(begun["chunk_bytes"], len(content) // 4)

    def send(offset: int) -> dict[str, Any]:
        piece = content[offset : offset + step]
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"}
        return dict(program.http.patch(address, content=piece, headers=headers).json())

    assert send(0)["offset"] == step
    portal.restart(0, signal.SIGKILL)
    assert program.get(address)["offset"] == step
    state = {"offset": step, "state": "receiving"}
    while state["state"] == "receiving":
        state = send(state["offset"])
    assert (state["state"], state["error"]) == ("done", None)
    scene = program.get(f"/api/scenes/{state['scene']}")
    assert (scene["properties"]["mine"], scene["properties"]["size_bytes"]) == (True, len(content))
    assert program.http.delete(f"/api/scenes/{state['scene']}").status_code == 204


def test_without_a_living_worker(program: Program, portal: Portal) -> None:
    """It is told at once, in the dry run, in the list of services and when submitting; the next worker serves again."""
    scene, _ = program.scene(DEMO)
    order = {"service": "s2_preprocess", "parameters": {"input": scene, "resolution": 200}}
    portal.end(1, signal.SIGTERM)
    answer = program.post("/api/jobs", order)
    assert (answer.status_code, answer.json()["code"]) == (503, "no_worker")
    assert answer.json()["detail"] == "No worker is running, so the job could not start."
    assert answer.json()["hint"].startswith("Start one with `python manage.py run_worker`")
    assert [f["code"] for f in program.post("/api/jobs/check", order).json()["findings"] if f["level"] == "error"] == [
        "no_worker"
    ]
    assert not program.get("/api/services/s2_preprocess")["available"]
    portal.begin(1)
    until = time.monotonic() + 30
    while program.get("/api/health")["workers"] == 0 and time.monotonic() < until:
        time.sleep(0.2)
    assert program.post("/api/jobs", order).status_code == 201
