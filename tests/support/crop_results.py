"""A stack of composites and a crop map of it, written by hand as the services write them: small, every number known."""

import json
import uuid
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from rasterio.transform import from_origin
from rasterio.warp import transform
from rasterio.windows import Window

from apps.accounts.models import User
from apps.catalog.models import Result
from apps.catalog.publish import publish_result
from eo.io import stac
from eo.io.band_spec import BandSpec
from eo.io.grid import Grid
from eo.io.time_stack_writer import create_stack
from eo.timeseries.periods import months
from eo.timeseries.timesen2crop import CLASSES

ROWS, COLUMNS = 60, 80
GRID = Grid("EPSG:32633", from_origin(400_000, 5_000_000, 10, 10), COLUMNS, ROWS)
BANDS = ("B02", "B03", "B04", "B8A")
PERIODS = months(date(2018, 3, 1), 8)
SIXTEEN = tuple(CLASSES[:16])
GAP = (20, 30)
"""Row and column of a pixel without data in the third month."""


def place(row: float, column: float) -> tuple[float, float]:
    """Return longitude and latitude of the middle of a pixel."""
    x, y = GRID.transform @ (column + 0.5, row + 0.5)
    (lon,), (lat,) = transform(GRID.crs, "EPSG:4326", [x], [y])
    return lon, lat


def reflectance() -> np.ndarray:
    """Return (periods, bands, rows, columns) as stored: fields green up and dry out, those of a column alike."""
    season = np.sin(np.linspace(0.2, 2.9, len(PERIODS)))[:, None, None]
    vigour = 0.4 + 0.6 * (np.arange(COLUMNS) // 20 / 3)[None, None, :] * np.ones((1, ROWS, 1))
    green = season * vigour
    values = [0.08 - 0.05 * green, 0.1 - 0.03 * green, 0.12 - 0.09 * green, 0.18 + 0.3 * green]
    stored = np.round((np.stack(values, axis=1) + 0.1) / 1e-4).astype(np.uint16)
    stored[2, :, GAP[0], GAP[1]] = 0
    return stored


def publish_stack(owner: User, root: Path, form: str = "COG") -> Result:
    """Publish a stack of eight months."""
    folder = _folder(root)
    bands = [BandSpec(n, "uint16", nodata=0, scale=1e-4, offset=-0.1, unit="1", description=n) for n in BANDS]
    with create_stack(folder, form, GRID, PERIODS, bands) as target:  # type: ignore[arg-type]
        target.write(Window(0, 0, COLUMNS, ROWS), reflectance())
    looks = np.full((len(PERIODS), ROWS, COLUMNS), 3, np.uint8)
    looks[2, GAP[0], GAP[1]] = 0
    _raster(folder / "clear_looks.tif", looks, nodata=255)
    filling = np.where(looks > 0, 1, 0).astype(np.uint8)
    _raster(folder / "filling.tif", filling)
    style = {"bands": [3, 2, 1], "rescale": [[1000, 4000]] * 3}
    common = {"B02": "blue", "B03": "green", "B04": "red", "B8A": "nir08"}
    layer = [{"name": n, "eo:common_name": common[n]} for n in BANDS]
    if form == "COG":
        assets = {
            f"composite_{p.label}": _asset(
                folder, f"composite_{p.label}.tif", f"Composite {p.label}", layer, **{"groundwork:style": style}
            )
            for p in PERIODS
        }
    else:
        name = {"NetCDF": "stack.nc", "Zarr": "stack.zarr"}[form]
        assets = {"stack": _asset(folder, name, "Stack", [])}
    months_ = [{"name": p.label} for p in PERIODS]
    looks_style = {"groundwork:style": {"bands": [1], "rescale": [[0, 6]], "colormap": "viridis"}}
    assets["clear_looks"] = _asset(folder, "clear_looks.tif", "Clear looks", months_, **looks_style)
    words = [
        {"value": 0, "name": "no-data", "title": "No data"},
        {"value": 1, "name": "observed", "title": "Clear looks"},
    ]
    colours = ("000000", "41965F")
    legend = [{**w, "color_hint": c} for w, c in zip(words, colours, strict=True)]
    assets["filling"] = _asset(folder, "filling.tif", "Filling", months_, **{"classification:classes": legend})
    periods = [{"label": p.label, "start": p.start.isoformat(), "end": p.end.isoformat()} for p in PERIODS]
    properties = {"groundwork:periods": periods, "groundwork:bands": list(BANDS)}
    return _publish(owner, folder, "s2_harmonisation", "Harmonised season", assets, properties, {})


def crop_classes() -> np.ndarray:
    """Return (rows, columns) of all sixteen classes in stripes; the last ten rows have none."""
    values = np.tile(np.array([c.value for c in SIXTEEN], np.uint8).repeat(COLUMNS // 16), (ROWS, 1))
    values[-10:] = 255
    return values


def publish_crop_map(owner: User, root: Path, stack: Result | None, probabilities: str = "all") -> Result:
    """Publish a crop map of sixteen classes: each is 0.7 sure, the next one in the list has 0.2, all others share."""
    folder = _folder(root)
    classes = crop_classes()
    colours = {c.value: (*bytes.fromhex(c.colour[1:]), 255) for c in SIXTEEN}
    _raster(folder / "crop_map.tif", classes[None], nodata=255, colours=colours)
    shares = np.full((16, ROWS, COLUMNS), 255, np.uint8)
    order = {c.value: n for n, c in enumerate(SIXTEEN)}
    for value, n in order.items():
        here = classes == value
        shares[:, here] = round(0.1 / 14 * 200)
        shares[n, here], shares[(n + 1) % 16, here] = 140, 40
    legend = [{"value": c.value, "name": c.name, "title": c.name, "color_hint": c.colour[1:].upper()} for c in SIXTEEN]
    legend.append({"value": 255, "name": "nodata", "title": "No data, or outside the mask", "nodata": True})
    about = {"classification:classes": legend}
    ramp = {"groundwork:style": {"bands": [1], "rescale": [[0, 200]], "colormap": "viridis"}}
    assets = {"crop_map": _asset(folder, "crop_map.tif", "Crop map", [{"name": "crop_map"}], **about)}
    if probabilities == "all":
        _raster(folder / "probabilities.tif", shares, nodata=255, scale=1 / 200)
        names = [{"name": f"p_{c.value}", "description": f"Probability of {c.name}"} for c in SIXTEEN]
        assets["probabilities"] = _asset(folder, "probabilities.tif", "Posterior probabilities", names, **ramp)
    else:
        top = np.stack([classes, np.where(classes == 255, 255, (classes + 1) % 16)]).astype(np.uint8)
        _raster(folder / "top_classes.tif", top, nodata=255, colours=colours)
        both = np.where(classes == 255, 255, np.array([140, 40])[:, None, None]).astype(np.uint8)
        _raster(folder / "top_probabilities.tif", both, nodata=255, scale=1 / 200)
        ranks = [{"name": "class_1"}, {"name": "class_2"}]
        assets["top_classes"] = _asset(folder, "top_classes.tif", "Likeliest classes", ranks, **about)
        assets["top_probabilities"] = _asset(folder, "top_probabilities.tif", "Their probabilities", ranks, **ramp)
    entropy = np.where(classes == 255, 255, 70).astype(np.uint8)
    _raster(folder / "entropy.tif", entropy[None], nodata=255, scale=1 / 200)
    magma = {"groundwork:style": {"bands": [1], "rescale": [[0, 200]], "colormap": "magma"}}
    assets["entropy"] = _asset(folder, "entropy.tif", "Entropy", [{"name": "entropy"}], **magma)
    counted = [(c, int((classes == c.value).sum())) for c in SIXTEEN]
    total = sum(n for _, n in counted)
    rows = [
        {"value": c.value, "name": c.name, "colour": c.colour, "pixels": n, "area_ha": n / 100, "share": n / total}
        for c, n in counted
    ]
    summary = {"classes": rows, "classified": {"pixels": total, "area_ha": total / 100}, "unit": "ha"}
    (folder / "areas.json").write_text(json.dumps(summary))
    assets["areas"] = {**_asset(folder, "areas.json", "Area of each class", []), "roles": ["metadata"]}
    parameters = {"stack": str(stack.id)} if stack else {}
    return _publish(owner, folder, "crop_lstm_predict", "Crop types", assets, {}, parameters)


def publish_forecast(owner: User, root: Path, stack: Result) -> Result:
    """Publish a forecast of NDVI for two months: 0.3 and 0.25, its interval ever wider."""
    folder = _folder(root)
    ahead = months(date(2018, 11, 1), 2)
    assets = {}
    for name, values in {"forecast": (3000, 2500), "lower": (2000, 1000), "upper": (4000, 4000)}.items():
        planes = np.array(values, np.int16)[:, None, None] * np.ones((1, ROWS, COLUMNS), np.int16)
        _raster(folder / f"ndvi_{name}.tif", planes, nodata=-32768, scale=1e-4)
        style = {"groundwork:style": {"bands": [1], "rescale": [[0, 10_000]], "colormap": "rdylgn"}}
        bands = [{"name": p.label} for p in ahead]
        assets[f"ndvi_{name}"] = _asset(folder, f"ndvi_{name}.tif", f"NDVI {name}", bands, **style)
    periods = [{"label": p.label, "start": p.start.isoformat(), "end": p.end.isoformat()} for p in ahead]
    about = {"groundwork:periods": periods}
    return _publish(owner, folder, "ndvi_lstm_predict", "NDVI forecast", assets, about, {"stack": str(stack.id)})


def _folder(root: Path) -> Path:
    folder = root / str(uuid.uuid4())
    folder.mkdir(parents=True)
    return folder


def _raster(path: Path, values: np.ndarray, *, colours: Any = None, scale: float = 1.0, **more: Any) -> None:
    size = {"count": values.shape[0], "height": ROWS, "width": COLUMNS, "dtype": values.dtype}
    grid = {"crs": GRID.crs, "transform": GRID.transform}
    with rasterio.open(
        path, "w", driver="GTiff", tiled=True, blockxsize=64, blockysize=64, **size, **grid, **more
    ) as to:
        to.write(values)
        to.scales = [scale] * to.count
        if colours and to.count == 1:
            to.write_colormap(1, colours)


def _asset(folder: Path, name: str, title: str, bands: Any, **more: Any) -> dict[str, Any]:
    path = folder / name
    facts = stac.raster_facts(path) if name.endswith(".tif") else {}
    measured = facts.pop("bands", [])
    both = [{**m, **b} for m, b in zip(measured, bands, strict=True)] if measured else []
    return {
        "href": f"./{name}",
        "title": title,
        "roles": ["data"],
        **stac.file_facts(path),
        **facts,
        "bands": both,
        **more,
    }


def _publish(
    owner: User, folder: Path, service: str, title: str, assets: Any, properties: Any, parameters: Any
) -> Result:
    (west, north), (east, south) = place(-0.5, -0.5), place(ROWS - 0.5, COLUMNS - 0.5)
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    item = {
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"datetime": "2018-06-01T00:00:00Z", **properties},
        "assets": assets,
    }
    (folder / "item.json").write_text(json.dumps(item))
    inputs = [{"parameter": k, "id": v} for k, v in parameters.items()]
    (folder / "provenance.json").write_text(json.dumps({"parameters": parameters, "inputs": inputs}))
    (folder / "README.md").write_text("made by hand\n")
    (folder / "log.txt").write_text("a line\n")
    job = uuid.uuid4()
    return publish_result(owner=owner, job_id=job, service_id=service, title=title, folder=folder)
