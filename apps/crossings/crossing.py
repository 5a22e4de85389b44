"""Features on changed pixels: the objects of chosen layers that a result's change touches."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from numpy.typing import NDArray
from pyproj import Transformer

from apps.catalog.models import Asset, Result
from apps.crossings.errors import NotCrossable
from apps.osm_vectors.features import several
from apps.osm_vectors.places import Place, count_in, places_in
from eo.io.class_mask import ClassMask, read_mask
from eo.vector.crossing import touched_pixels
from eo.vector.osm_rules import rules
from eo.vector.polygons import ground_pixel_area_m2

MOST_CANDIDATES = 200_000
MOST_SHOWN = 5_000
UNCHANGED = ("unchanged", "no-change", "nodata", "no-data")


@dataclass(frozen=True)
class Crossing:
    """What was found.

    Args:
        features: GeoJSON features with `layer`, `changed_pixels`, `changed_m2` and `changed_share` (of the pixels that
            the object touches), those with the largest change first.
        table: for each layer and class how many objects were looked at, touched, and how much of them (m²).
        coarser: how many pixels of the raster a side of a counted pixel is.
    """

    features: list[dict[str, Any]]
    table: list[dict[str, Any]]
    touched: int
    coarser: int


def cross(result: Result, layers: Sequence[str], asset: str = "", least_pixels: int = 1) -> Crossing:
    """Find the objects of layers that touch changed pixels of a result.

    Raises:
        NotCrossable: the result has no raster of classes, or there are too many objects.
    """
    raster, area = _raster(result, asset)
    _check_amount(area, layers)
    mask = read_mask(Path(settings.RESULTS_ROOT) / result.folder / raster.file, changed_values(raster.stac))
    found: list[dict[str, Any]] = []
    table: list[dict[str, Any]] = []
    for name in layers:
        places = places_in(rules().layer(name), area)
        rows = _changes(places, mask, least_pixels)
        table += _table(name, places, rows)
        found += [{**row, "layer": name} for row in rows]
    found.sort(key=lambda row: (-row["changed_m2"], row["fid"]))
    return Crossing(_features(found[:MOST_SHOWN]), table, len(found), mask.coarser)


def changed_values(stac: Mapping[str, Any]) -> list[int]:
    """Return the values of a raster of classes that stand for a change."""
    return [
        int(entry["value"])
        for entry in stac.get("classification:classes", ())
        if not entry.get("nodata") and entry.get("name") not in UNCHANGED
    ]


def _raster(result: Result, key: str) -> tuple[Asset, str]:
    """Return the raster of classes, and the outline of the result as WKT."""
    candidates = [a for a in result.assets.all() if a.file.endswith(".tif") and changed_values(a.stac)]
    chosen = next((a for a in candidates if a.key == key), None) if key else next(iter(candidates), None)
    if chosen is None or result.geometry is None:
        names = ", ".join(a.key for a in candidates)
        raise NotCrossable(
            f"{result.title} has no raster of classes{f' called {key!r}' if key else ''}.",
            hint=f"It has {names}." if names else "Take a result of S2-CD or S1-CD, written as GeoTIFF.",
        )
    return chosen, str(result.geometry.wkt)


def _check_amount(area: str, layers: Sequence[str]) -> None:
    count = sum(count_in(rules().layer(name), area) for name in layers)
    if count > MOST_CANDIDATES:
        raise NotCrossable(
            f"There are {count:,} objects of these layers under the result; at most {MOST_CANDIDATES:,} are looked at.",
            hint="Choose fewer layers, or work on a smaller area.",
        )


def _changes(places: Sequence[Place], mask: ClassMask, least_pixels: int) -> list[dict[str, Any]]:
    if not places:
        return []
    geometries = shapely.from_wkb(np.array([place.wkb for place in places], object))
    transform = Transformer.from_crs(4326, mask.crs, always_xy=True).transform
    geometries = shapely.transform(geometries, lambda xy: np.column_stack(transform(*xy.T)))
    changed, every = touched_pixels(mask.pixels, mask.transform, geometries)
    kept = np.flatnonzero(changed >= least_pixels)
    pixel_m2 = _pixel_m2(geometries[kept], mask)
    return [
        {
            "fid": places[n].fid,
            "class": places[n].class_name,
            "changed_pixels": int(changed[n]),
            "changed_m2": round(float(changed[n] * size), 1),
            "changed_share": round(float(changed[n] / every[n]), 4),
        }
        for n, size in zip(kept.tolist(), pixel_m2, strict=True)
    ]


def _pixel_m2(geometries: NDArray[Any], mask: ClassMask) -> NDArray[np.float64]:
    middles = shapely.centroid(geometries)
    return ground_pixel_area_m2(shapely.get_x(middles), shapely.get_y(middles), mask.transform, mask.crs)


def _table(layer: str, places: Sequence[Place], rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for place in places:
        entry = found.setdefault(place.class_name, {"objects": 0, "touched": 0, "changed_m2": 0.0})
        entry["objects"] += 1
    for row in rows:
        found[row["class"]]["touched"] += 1
        found[row["class"]]["changed_m2"] += row["changed_m2"]
    return [{"layer": layer, "class": name, **entry} for name, entry in sorted(found.items())]


def _features(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the objects as GeoJSON, in the order of the rows."""
    by_layer: dict[str, list[str]] = {}
    for row in rows:
        by_layer.setdefault(row["layer"], []).append(row["fid"])
    whole = {
        (name, feature["id"]): feature
        for name, fids in by_layer.items()
        for feature in map(json.loads, several(rules().layer(name), fids))
    }
    features = []
    for row in rows:
        feature = whole.get((row["layer"], row["fid"]))
        if feature:
            told = {key: row[key] for key in ("layer", "changed_pixels", "changed_m2", "changed_share")}
            features.append({**feature, "properties": {**told, **feature["properties"]}})
    return features
