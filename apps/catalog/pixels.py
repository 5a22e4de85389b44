"""A pixel of a result: its class and how sure that is, and what it was through time in the stack behind the result.

A stack is found among the user's own results only: in the result itself, or in one that its record names as an input.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from apps.catalog.errors import InvalidFilter, NothingAtPixel
from apps.catalog.models import Asset, Result
from apps.catalog.queries import visible_results
from eo.io.pixel_series import PixelSeries, Place, read_composites, read_cube, read_pixel
from eo.timeseries.periods import Period
from services.core.errors import FieldError

PROVENANCE = "provenance.json"
MAX_RECORD_BYTES = 4 << 20
COMPOSITE, STACK = "composite_", "stack"
CLASSES = "classification:classes"
RED, NEAR_INFRARED = "B04", ("B08", "B8A")
Json = dict[str, Any]


def place_of(query: Mapping[str, str]) -> Place:
    """Return the place that a request names.

    Raises:
        InvalidFilter: a field error for each number that is none, or lies nowhere on Earth.
    """
    found, wrong = [], []
    for name, limit in (("lon", 180.0), ("lat", 90.0)):
        try:
            number = float(query.get(name, ""))
        except ValueError:
            number = math.nan
        if not abs(number) <= limit:
            text = f"{name} cannot be {query.get(name, '')[:40]!r}; it takes degrees from {-limit:g} to {limit:g}."
            wrong.append(FieldError(name, text))
        found.append(number)
    if wrong:
        raise InvalidFilter(
            " ".join(w.message for w in wrong), hint="Example: ?lon=13.29&lat=45.08", fields=tuple(wrong)
        )
    return found[0], found[1]


def point_of(result: Result, place: Place) -> Json:
    """Return the class of a pixel, the probabilities of the classes, likeliest first, and their entropy.

    Raises:
        NothingAtPixel: the result has no raster of classes.
    """
    assets = {asset.key: asset for asset in result.assets.all()}
    legend = class_raster(assets.values())
    if legend is None:
        raise NothingAtPixel(f"{result.title} has no raster of classes.", hint="Take a result of LSTM-predict.")
    titles = {int(entry["value"]): entry for entry in legend.stac[CLASSES]}
    stored = _read(result, legend, place)
    answer: Json = {"lon": place[0], "lat": place[1], "inside": stored is not None, "class": None}
    answer["probabilities"] = _probabilities(result, assets, titles, place)
    answer["entropy"] = _number(_first(_read(result, assets.get("entropy"), place)))
    value = _first(stored)
    if value is not None and not math.isnan(value):
        answer["class"] = _class(titles, int(value))
    return answer


def series_of(result: Result, place: Place) -> Json:
    """Return the bands and the NDVI of a pixel through time, and how many clear looks each period had.

    Raises:
        NothingAtPixel: no stack of composites lies behind the result, or it was deleted.
    """
    stack = stack_behind(result)
    if stack is None:
        raise NothingAtPixel(
            f"There is no stack of composites behind {result.title}.",
            hint="Take a result of S2-harmonise, or one that was made from one that you still have.",
        )
    series = read_stack(stack, place)
    assets = {asset.key: asset for asset in stack.assets.all()}
    return {
        "lon": place[0],
        "lat": place[1],
        "inside": series is not None,
        "stack": {"result": str(stack.id), "title": stack.title},
        **_through_time(series),
        "looks": _numbers(_read(stack, assets.get("clear_looks"), place)),
        "filling": _words(assets.get("filling"), _read(stack, assets.get("filling"), place)),
        "forecast": _forecast(result, place),
    }


def class_raster(assets: Sequence[Asset] | Any) -> Asset | None:
    """Return the raster of classes that stands for a result: its crop map, else the first there is."""
    found = [a for a in assets if a.file.endswith(".tif") and a.stac.get(CLASSES) and a.key != "filling"]
    return next((a for a in found if a.key == "crop_map"), found[0] if found else None)


def stack_behind(result: Result) -> Result | None:
    """Return the result that holds the composites: itself, or one of its owner's that it was made from."""
    if _has_stack(result):
        return result
    named = list(_inputs(result))
    inputs = visible_results(result.owner).filter(pk__in=named).prefetch_related("assets") if named else ()
    return next((other for other in inputs if _has_stack(other)), None)


def read_stack(stack: Result, place: Place) -> PixelSeries | None:
    """Return a pixel of the composites that a result holds; None beside them.

    Raises:
        InvalidProduct: a file is gone or cannot be read.
    """
    assets = stack.assets.all()
    files = [stack.path / a.file for a in assets if _is_composite(a)]
    if files:
        return read_composites(files, place)
    cube = next(a for a in assets if a.key == STACK)
    about = stack.item["properties"]
    periods = [Period(*(date.fromisoformat(p[end]) for end in ("start", "end"))) for p in about["groundwork:periods"]]
    return read_cube(stack.path / cube.file, periods, about["groundwork:bands"], place)


def _forecast(result: Result, place: Place) -> Json | None:
    """Return the NDVI that a result forecasts, with the ends of its interval; None where it forecasts none."""
    assets = {asset.key: asset for asset in result.assets.all()}
    ndvi = _read(result, assets.get("ndvi_forecast"), place)
    periods = result.item.get("properties", {}).get("groundwork:periods", ())
    if ndvi is None or len(ndvi) != len(periods):
        return None
    ends = {end: _numbers(_read(result, assets.get(f"ndvi_{end}"), place)) for end in ("lower", "upper")}
    return {"periods": list(periods), "ndvi": _numbers(ndvi), **ends}


def _has_stack(result: Result) -> bool:
    about = result.item.get("properties", {})
    named = "groundwork:periods" in about and "groundwork:bands" in about
    return any(_is_composite(a) or (named and a.key == STACK) for a in result.assets.all())


def _is_composite(asset: Asset) -> bool:
    return asset.key.startswith(COMPOSITE) and asset.file.endswith(".tif")


def _inputs(result: Result) -> Iterator[UUID]:
    """Yield the ids that the record of a result names; what they are is found out by who asks."""
    path = result.path / PROVENANCE
    try:
        record = json.loads(path.read_text()) if path.stat().st_size <= MAX_RECORD_BYTES else {}
        named = [entry.get("id") for entry in record.get("inputs", ())] + list(record.get("parameters", {}).values())
    except (OSError, ValueError, AttributeError):
        return
    for text in named:
        try:
            yield UUID(text)
        except (ValueError, TypeError, AttributeError):
            continue


def _through_time(series: PixelSeries | None) -> Json:
    if series is None:
        return {"periods": [], "bands": {}, "ndvi": None}
    periods = [{"label": p.label, "start": p.start.isoformat(), "end": p.end.isoformat()} for p in series.periods]
    bands = {name: series.values[:, n] for n, name in enumerate(series.names)}
    near = next((bands[name] for name in NEAR_INFRARED if name in bands), None)
    ndvi = None if near is None or RED not in bands else _numbers(_ndvi(bands[RED], near))
    return {"periods": periods, "bands": {name: _numbers(values) for name, values in bands.items()}, "ndvi": ndvi}


def _ndvi(red: NDArray[np.float32], near: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (near infrared - red) / (near infrared + red), NaN where either is missing or both are dark."""
    total = near + red
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, np.clip((near - red) / total, -1, 1), np.nan).astype(np.float32)


def _probabilities(
    result: Result, assets: Mapping[str, Asset], titles: Mapping[int, Any], place: Place
) -> list[dict[str, Any]]:
    """Return class and probability of all classes, or of the likeliest ones that were kept."""
    shares = _read(result, assets.get("probabilities"), place)
    if shares is not None:
        names = [band.get("name", "") for band in assets["probabilities"].stac.get("bands", ())]
        values = [int(name[2:]) if name[2:].isdigit() else n for n, name in enumerate(names)]
    else:
        shares = _read(result, assets.get("top_probabilities"), place)
        likeliest = _read(result, assets.get("top_classes"), place)
        if shares is None or likeliest is None:
            return []
        values = [-1 if math.isnan(v) else int(v) for v in likeliest.tolist()]
    pairs = zip(values, shares.tolist(), strict=False)
    known = [(value, share) for value, share in pairs if value >= 0 and not math.isnan(share)]
    known.sort(key=lambda pair: (-pair[1], pair[0]))
    return [{**_class(titles, value), "probability": round(share, 4)} for value, share in known]


def _class(titles: Mapping[int, Any], value: int) -> Json:
    entry = titles.get(value, {})
    colour = str(entry.get("color_hint") or "888888").removeprefix("#")
    return {"value": value, "name": entry.get("title") or entry.get("name") or f"class {value}", "colour": f"#{colour}"}


def _read(result: Result, asset: Asset | None, place: Place) -> NDArray[np.float32] | None:
    if asset is None or not asset.file.endswith(".tif"):
        return None
    return read_pixel(Path(result.path) / asset.file, place)


def _words(asset: Asset | None, values: NDArray[np.float32] | None) -> list[str | None] | None:
    if asset is None or values is None:
        return None
    titles = {int(entry["value"]): entry.get("title") or entry.get("name") for entry in asset.stac.get(CLASSES, ())}
    return [None if math.isnan(v) else titles.get(int(v)) for v in values.tolist()]


def _first(values: NDArray[np.float32] | None) -> float | None:
    return None if values is None else float(values[0])


def _numbers(values: NDArray[np.float32] | None) -> list[float | None] | None:
    return None if values is None else [_number(v) for v in values.tolist()]


def _number(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else round(value, 5)
