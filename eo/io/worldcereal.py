"""Labelled samples of WorldCereal as looks at tiles: points with a value a month, and patches with labels per pixel.

Labels become classes of TimeSen2Crop; what has none there becomes Other Crops, and what is no crop is left out.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import ndimage

from eo.errors import InvalidProduct
from eo.io.crop_samples import GAP_LIMIT_DAYS, samples_meta
from eo.io.sample_arrays import Samples
from eo.timeseries.crop_looks import TileLooks, harmonise
from eo.timeseries.periods import months
from eo.timeseries.timesen2crop import BANDS, Flag, Part

SOURCE = "WorldCereal (ESA), public extractions and samples"
LICENCE = "MIT, as distributed by the WorldCereal project"
OTHER = 15
POINT_CLASSES: Mapping[str, int] = {
    "maize": 2,
    "sunflower": 4,
    "potatoes": 3,
    "grasslands": 1,
    "dry_pulses_legumes": 0,
    "sorghum": OTHER,
    "millet": OTHER,
    "other_oilseeds": OTHER,
    "fibre_crops": OTHER,
    "root_tuber_crops": OTHER,
}
"""Classes by `sampling_label`; trees, built-up land and wild herbs are no crops."""
PATCH_CLASSES: Mapping[int, int] = {1200: 2, 2130: OTHER, 5100: 3, 7900: 0, 9120: 1}
"""Classes by crop code (FAO Indicative Crop Classification): maize, cabbages, potatoes, legumes, permanent grasses."""
FIRST_MONTH = date(2017, 9, 1)
_MONTHS = 12
_NODATA = 65_535
_UNSEEN = (0, 1, 3, 8, 9, 10, 11)
_SHADOW, _SNOW = 3, 11
_OF_10_M = ("B02", "B03", "B04")


def point_looks(file: Path) -> list[TileLooks]:
    """Return the labelled points of a Parquet file of extractions, tile by tile: a look in the middle of each month.

    Raises:
        InvalidProduct: columns are missing.
    """
    names = [f"OPTICAL-{band}-ts{m}-{'10m' if band in _OF_10_M else '20m'}" for m in range(_MONTHS) for band in BANDS]
    try:
        table = pq.read_table(file, columns=["tile", "sampling_label", "start_date", *names])
    except (KeyError, ValueError) as error:
        raise InvalidProduct(
            f"{file.name} is no file of extractions: {error}.", hint="Columns are named OPTICAL-…"
        ) from None
    raw = np.stack([table[name].to_numpy() for name in names], axis=1).reshape(table.num_rows, _MONTHS, len(BANDS))
    labels = np.array([POINT_CLASSES.get(label, -1) for label in table["sampling_label"].to_pylist()])
    tiles = np.array(table["tile"].to_pylist())
    starts = np.array(table["start_date"].to_pylist())
    found = []
    for tile in np.unique(tiles):
        members = np.flatnonzero((tiles == tile) & (labels >= 0))
        if not len(members):
            continue
        first = date.fromisoformat(str(starts[members[0]]))
        members = members[starts[members] == starts[members[0]]]
        dates = tuple(p.start.replace(day=15) for p in months(first, _MONTHS))
        missing = (raw[members] == _NODATA).any(axis=2)
        values = np.where(missing[..., None], 0, np.minimum(raw[members], 32_767)).astype(np.int16)
        flags = np.where(missing, Flag.CLOUD, Flag.CLEAR).astype(np.uint8)
        found.append(
            TileLooks(str(tile), dates, labels[members].astype(np.uint8), members.astype(np.int32), values, flags)
        )
    return found


def patch_looks(folder: Path) -> tuple[TileLooks, NDArray[np.int64], NDArray[np.int64]]:
    """Return the labelled pixels of a patch with all its looks, the field of each, and (samples, 2) its row and column.

    A field is what hangs together and has one label. Pixels are numbered row by row.

    Raises:
        InvalidProduct: a file is missing, or there is no pixel with a label.
    """
    fine, coarse, labels_of = (_only(folder, name) for name in ("S2_L2A_10m", "S2_L2A_20m", "OUTPUT_POLY"))
    with _open(labels_of) as file:
        codes = np.asarray(file.variables["CT"][:])
    labels = np.full(codes.shape, -1)
    for code, value in PATCH_CLASSES.items():
        labels[codes == code] = value
    rows, columns = np.nonzero(labels >= 0)
    if not len(rows):
        raise InvalidProduct(f"{labels_of.name} has no pixel of a crop that is known.", hint="Its variable CT is read.")
    with _open(fine) as ten, _open(coarse) as twenty:
        dates, order = _dates(ten)
        scl = np.asarray(twenty.variables["SCL"][:])[order][:, rows // 2, columns // 2]
        bands = [
            np.asarray(ten.variables[band][:])[order][:, rows, columns]
            if band in _OF_10_M
            else np.asarray(twenty.variables[band][:])[order][:, rows // 2, columns // 2]
            for band in BANDS
        ]
        tile = str(getattr(twenty, "tile", folder.name))
    values = np.stack(bands, axis=2)
    missing = (values == _NODATA).any(axis=2) | (values == 0).all(axis=2)
    flags = np.select(
        [scl == _SHADOW, scl == _SNOW, np.isin(scl, _UNSEEN) | missing],
        [Flag.SHADOW, Flag.SNOW, Flag.CLOUD],
        Flag.CLEAR,
    )
    numbers = (rows * codes.shape[1] + columns).astype(np.int32)
    stored = np.minimum(values, 32_767).astype(np.int16)
    looks = TileLooks(
        tile,
        dates,
        labels[rows, columns].astype(np.uint8),
        numbers,
        np.ascontiguousarray(stored.transpose(1, 0, 2)),
        np.ascontiguousarray(flags.T.astype(np.uint8)),
    )
    return looks, _fields(labels)[rows, columns], np.stack([rows, columns], axis=1)


def flanders_samples(
    folder: Path, *, first: date = FIRST_MONTH, gap_limit_days: float = GAP_LIMIT_DAYS, part: Part = "train"
) -> Samples:
    """Return harmonised monthly series of the labelled pixels of a patch (Flanders 2018), `groups` counting its fields.

    Neighbouring pixels are nearly the same, so that samples are to be split by group (`split_by_group`), never pixel by
    pixel.

    Args:
        folder: that of one patch.
        first: first of the twelve months.
    """
    looks, fields, _ = patch_looks(folder)
    series, _ = harmonise(looks, months(first, _MONTHS), gap_limit_days)
    gaps = bool(np.isnan(series).any())
    meta = samples_meta(part, _MONTHS, first.month, None, gaps, f"{SOURCE}: {folder.name}", LICENCE)
    return Samples(series, looks.labels.astype(np.int64), meta, fields)


def split_by_group(labels: NDArray[Any], groups: NDArray[Any]) -> NDArray[np.bool_]:
    """Return (samples) whether a sample is for testing: of each class every second group, from the second largest on.

    A class with a single group is trained on and not tested.
    """
    test = np.zeros(len(labels), np.bool_)
    for label in np.unique(labels):
        names, sizes = np.unique(groups[labels == label], return_counts=True)
        chosen = names[np.argsort(-sizes, kind="stable")][1::2]
        test |= (labels == label) & np.isin(groups, chosen)
    return test


def _fields(labels: NDArray[Any]) -> NDArray[np.int64]:
    fields = np.zeros(labels.shape, np.int64)
    highest = 0
    for value in np.unique(labels[labels >= 0]):
        parts, count = ndimage.label(labels == value, structure=np.ones((3, 3)))
        fields[parts > 0] = parts[parts > 0] + highest
        highest += count
    return fields


def _only(folder: Path, name: str) -> Path:
    found = next(iter(sorted(folder.glob(f"{name}*.nc"))), None)
    if found is None:
        raise InvalidProduct(
            f"There is no {name}….nc in {folder.name}.", hint="A patch has S2_L2A_10m, _20m, OUTPUT_POLY."
        )
    return found


def _open(path: Path) -> Any:
    try:
        file = netCDF4.Dataset(path)
    except OSError as error:
        raise InvalidProduct(f"{path.name} cannot be opened: {error}.", hint="It should be NetCDF-4.") from None
    file.set_auto_maskandscale(False)
    return file


def _dates(file: Any) -> tuple[tuple[date, ...], list[int]]:
    """Return the days of the looks, rising, and which look each is: the first where a day has two."""
    times = next(v for v in file.variables.values() if "since" in str(getattr(v, "units", "")))
    moments: Any = netCDF4.num2date(times[:], times.units)
    days = [date(t.year, t.month, t.day) for t in moments]
    first: dict[date, int] = {}
    for index, day in enumerate(days):
        first.setdefault(day, index)
    ordered = sorted(first)
    return tuple(ordered), [first[day] for day in ordered]
