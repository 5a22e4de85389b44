"""Labelled time series as a folder of plain arrays: what networks are trained and tested on.

`x.npy` (samples, periods, bands) reflectance 0 to 1, `y.npy` (samples,) values of classes, `group.npy` (samples,) what
belongs together (a tile, a field), `meta.json`. Nothing pickled is read.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from eo.errors import InvalidSamples
from eo.learning.card import CropClass, Periods
from eo.timeseries.timesen2crop import BANDS

MOST_CLASSES = 255
HIGHEST_REFLECTANCE = 10.0
LOWEST_REFLECTANCE = -1.0
_ROWS_AT_ONCE = 65_536


def _different(values: tuple[CropClass, ...]) -> tuple[CropClass, ...]:
    if len({c.value for c in values}) != len(values):
        raise ValueError("values of classes must differ")
    return values


class SampleMeta(BaseModel):
    """What the arrays mean: bands and classes in their order, the periods, where the samples come from."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    bands: Annotated[tuple[str, ...], Field(min_length=1)]
    classes: Annotated[tuple[CropClass, ...], Field(min_length=1), AfterValidator(_different)]
    periods: Periods
    source: str = ""
    licence: str = ""
    part: Literal["train", "validation", "test", "cross_year"] = "train"
    gaps: bool = False
    """Whether x may have NaN, where nothing was seen."""


@dataclass(frozen=True)
class Samples:
    """Labelled series. `x` (samples, periods, bands) float32 is on the disk where it was read; `y` holds class values.

    `sha256` is of the files as they were read, "" for samples that were never written.
    """

    x: NDArray[np.float32]
    y: NDArray[np.int64]
    meta: SampleMeta
    groups: NDArray[np.int64] | None = None
    sha256: str = ""

    def __len__(self) -> int:
        return len(self.y)

    def positions(self) -> NDArray[np.int64]:
        """Return the position of each sample's class in `meta.classes`."""
        values = np.array([c.value for c in self.meta.classes])
        order = np.argsort(values)
        return order[np.searchsorted(values[order], self.y)]

    def take(self, which: NDArray[Any]) -> "Samples":
        """Return the samples at these indices, or where a mask is true, in memory."""
        groups = None if self.groups is None else self.groups[which]
        return Samples(np.ascontiguousarray(self.x[which]), self.y[which], self.meta, groups)


def read_samples(folder: Path, *, least_classes: int = 2) -> Samples:
    """Read and check a folder of samples.

    Args:
        folder: with `x.npy` and `y.npy`; without `meta.json` bands are B1, B2, … (nine are those of TimeSen2Crop),
            classes "class 0" to the highest there is, periods months.
        least_classes: how many classes must be there at least.

    Raises:
        InvalidSamples: names the file, its shape or value, and what is allowed.
    """
    x = _open(folder, "x.npy")
    y = _open(folder, "y.npy")
    groups = _open(folder, "group.npy") if (folder / "group.npy").exists() else None
    _check_shapes(x, y, groups)
    labels = np.asarray(y, np.int64)
    meta = _meta(folder, x, labels)
    _check_labels(labels, meta, least_classes)
    _check_values(x, meta.gaps)
    series = x if x.dtype == np.float32 else x.astype(np.float32)
    return Samples(series, labels, meta, None if groups is None else np.asarray(groups, np.int64), _digest(folder))


def write_samples(folder: Path, samples: Samples) -> str:
    """Write samples into a folder, made if need be; return the sha-256 that reading it gives."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "x.npy", np.asarray(samples.x, np.float32), allow_pickle=False)
    np.save(folder / "y.npy", samples.y.astype(np.uint8), allow_pickle=False)
    (folder / "group.npy").unlink(missing_ok=True)
    if samples.groups is not None:
        np.save(folder / "group.npy", samples.groups.astype(np.int32), allow_pickle=False)
    write_meta(folder, samples.meta)
    return _digest(folder)


def write_meta(folder: Path, meta: SampleMeta) -> None:
    """Write what the arrays of a folder mean."""
    text = json.dumps(meta.model_dump(mode="json"), indent=1, ensure_ascii=False)
    (folder / "meta.json").write_text(text + "\n", encoding="utf-8")


def _open(folder: Path, name: str) -> NDArray[Any]:
    """Map an array of numbers into memory; `open_memmap` reads the format itself and nothing that is pickled."""
    path = folder / name
    if not path.is_file():
        raise InvalidSamples(
            f"There is no {name} in {folder.name}.", hint="A folder of samples holds x.npy, y.npy and meta.json."
        )
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except (ValueError, OSError, EOFError, SyntaxError, TypeError) as error:
        reason = str(error).replace(str(path), name).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidSamples(
            f"{name} cannot be read as an array of numbers: {reason}",
            hint="Save it with numpy.save(…, allow_pickle=False), of one type of number, not of objects.",
        ) from None
    if array.dtype.kind not in "fiu":
        raise InvalidSamples(f"{name} holds {array.dtype}, not numbers.", hint="Save floats for x, integers for y.")
    return array


def _check_shapes(x: NDArray[Any], y: NDArray[Any], groups: NDArray[Any] | None) -> None:
    if x.ndim != 3 or 0 in x.shape:
        raise InvalidSamples(
            f"x.npy has the shape {x.shape}; it should be (samples, periods, bands), each one or more.",
            hint="Put the series of one sample into x[i], a row per period, a column per band.",
        )
    if x.dtype.kind != "f":
        raise InvalidSamples(
            f"x.npy holds {x.dtype}; it should hold float32 reflectance, 0 to 1.",
            hint="Divide stored numbers by 10000.",
        )
    for name, array in {"y.npy": y, "group.npy": groups}.items():
        if array is None:
            continue
        if array.shape != x.shape[:1]:
            raise InvalidSamples(
                f"{name} has the shape {array.shape}; x.npy has {len(x)} samples, so it should be ({len(x)},).",
                hint="One number per sample.",
            )
        if array.dtype.kind not in "iu":
            raise InvalidSamples(f"{name} holds {array.dtype}; it should hold integers.", hint="Save it as integers.")


def _meta(folder: Path, x: NDArray[Any], labels: NDArray[np.int64]) -> SampleMeta:
    path = folder / "meta.json"
    if not path.exists():
        return _unnamed(x.shape, labels)
    try:
        meta = SampleMeta.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise InvalidSamples(
            f"meta.json is not as it should be: {where}: {first['msg']}.",
            hint="See the format in docs/timesen2crop.md.",
        ) from None
    if (meta.periods.count, len(meta.bands)) != x.shape[1:]:
        raise InvalidSamples(
            f"x.npy has {x.shape[1]} periods and {x.shape[2]} bands, meta.json says {meta.periods.count} and "
            f"{len(meta.bands)}.",
            hint="Make meta.json say what the array holds.",
        )
    return meta


def _unnamed(shape: tuple[int, ...], labels: NDArray[np.int64]) -> SampleMeta:
    _, periods, bands = shape
    highest = int(labels.max())
    if highest >= MOST_CLASSES or labels.min() < 0:
        _refuse_label(labels, range(MOST_CLASSES))
    classes = [CropClass(value=v, name=f"class {v}", colour=_grey(v, highest)) for v in range(highest + 1)]
    names = BANDS if bands == len(BANDS) else tuple(f"B{i + 1}" for i in range(bands))
    return SampleMeta(bands=names, classes=tuple(classes), periods=Periods(count=periods), gaps=True)


def _grey(value: int, highest: int) -> str:
    return "#" + f"{40 + round(180 * value / max(highest, 1)):02x}" * 3


def _check_labels(labels: NDArray[np.int64], meta: SampleMeta, least: int) -> None:
    allowed = [c.value for c in meta.classes]
    if not np.isin(labels, allowed).all():
        _refuse_label(labels, allowed)
    there = np.unique(labels)
    if len(there) < least:
        raise InvalidSamples(
            f"y.npy holds {len(there)} class only ({there[0]}); {least} or more are needed.",
            hint="Add samples of further classes.",
        )


def _refuse_label(labels: NDArray[np.int64], allowed: Any) -> None:
    bad = np.flatnonzero(~np.isin(labels, list(allowed)))
    values = list(allowed)
    raise InvalidSamples(
        f"y.npy has the label {labels[bad[0]]} at sample {bad[0]} ({len(bad)} such); labels are {_range(values)}.",
        hint="Labels are the values of the classes in meta.json; without it 0 to 254.",
    )


def _range(values: list[int]) -> str:
    ordered = sorted(values)
    if ordered == list(range(ordered[0], ordered[-1] + 1)):
        return f"{ordered[0]} to {ordered[-1]}"
    return ", ".join(map(str, ordered))


def _check_values(x: NDArray[Any], gaps: bool) -> None:
    for start in range(0, len(x), _ROWS_AT_ONCE):
        part = np.asarray(x[start : start + _ROWS_AT_ONCE])
        missing = np.isnan(part)
        if missing.any() and not gaps:
            sample, period, band = (int(i) for i in np.argwhere(missing)[0])
            raise InvalidSamples(
                f"x.npy has NaN at sample {start + sample}, period {period}, band {band}; meta.json allows none.",
                hint='Fill the gaps, or say "gaps": true in meta.json where NaN means that nothing was seen.',
            )
        wrong = ~missing & ~((part >= LOWEST_REFLECTANCE) & (part <= HIGHEST_REFLECTANCE))
        if wrong.any():
            sample, period, band = (int(i) for i in np.argwhere(wrong)[0])
            raise InvalidSamples(
                f"x.npy has {part[sample, period, band]:g} at sample {start + sample}, period {period}, band {band}; "
                f"reflectance lies between {LOWEST_REFLECTANCE:g} and {HIGHEST_REFLECTANCE:g}.",
                hint="Divide stored numbers by 10000.",
            )


def _digest(folder: Path) -> str:
    """Return the sha-256 over the files that matter, each by its name and its content."""
    whole = hashlib.sha256()
    for name in ("group.npy", "meta.json", "x.npy", "y.npy"):
        if not (folder / name).is_file():
            continue
        with (folder / name).open("rb") as stream:
            whole.update(f"{name} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()
