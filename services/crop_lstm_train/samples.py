"""Where the samples come from: a TimeSen2Crop result, folders of arrays, or polygons over a stack; and their parts."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eo.errors import InvalidSamples
from eo.io.label_polygons import sample_polygons
from eo.io.sample_arrays import SampleMeta, Samples, read_samples
from eo.io.time_stack import open_stack
from eo.learning.splits import split_by_group
from services.crop_lstm_train import CropTrainingParams

HELD_BACK = 0.2
"""Share of the samples that is validated on, and that is tested on, where the data have no parts of their own."""
_OTHER_PARTS = ("test", "cross_year")


@dataclass(frozen=True)
class Parts:
    """Samples to learn from, to validate on, and to test on by name of the part; all of the same bands and periods.

    Args:
        split: how they were parted, in words.
    """

    train: Samples
    validation: Samples
    tests: dict[str, Samples]
    split: str

    @property
    def meta(self) -> SampleMeta:
        """What the arrays mean."""
        return self.train.meta

    @property
    def sha256(self) -> str:
        """Of the samples that are learnt from and validated on."""
        return hashlib.sha256(f"{self.train.sha256} {self.validation.sha256}".encode()).hexdigest()

    def counts(self) -> dict[str, int]:
        """Return the number of samples by part."""
        tests = {name: len(part) for name, part in self.tests.items()}
        return {"train": len(self.train), "validation": len(self.validation), **tests}


def gather(params: CropTrainingParams) -> Parts:
    """Read the samples that the parameters speak of, and part them where they are not.

    Raises:
        InvalidSamples: damaged or contradicting arrays; the message names file and shape.
        InvalidVector, NoOverlap, InvalidProduct: polygons or a stack that cannot be used.
    """
    if params.data is None:
        stack = open_stack(Path(str(params.stack)))
        polygons = Path(str(params.labels))
        whole = sample_polygons(polygons, params.label_attribute, stack, params.samples_per_polygon, params.seed)
        parts = _part(whole, params.seed, "polygon")
    else:
        parts = _from_folder(Path(params.data), params.seed)
    if params.val is not None:
        given = read_samples(_folder(Path(params.val), "validation"), least_classes=1)
        other = _like(parts.train, given, "val")
        parts = Parts(parts.train, other, parts.tests, f"{parts.split}; validation samples given apart")
    _check_classes(parts)
    return parts


def _from_folder(place: Path, seed: int) -> Parts:
    folder = place.parent if place.is_file() else place
    if not folder.is_dir():
        raise InvalidSamples(f"There is nothing at {place.name}.", hint="Give a folder of samples.")
    if (folder / "x.npy").is_file():
        return _part(read_samples(folder), seed, "sample")
    train = read_samples(_folder(folder, "train"))
    found = {part: _named(folder, part) for part in ("validation", *_OTHER_PARTS)}
    others = {
        part: _like(train, read_samples(p, least_classes=1), p.name) for part, p in found.items() if p is not None
    }
    validation = others.pop("validation", None)
    if validation is not None:
        return Parts(train, validation, others, "as the data were parted (TimeSen2Crop: whole tiles held back)")
    parted = _part(train, seed, "sample")
    return Parts(parted.train, parted.validation, parted.tests | others, parted.split)


def _folder(folder: Path, part: str) -> Path:
    """Return the folder of a part; the folder itself where it holds arrays.

    Raises:
        InvalidSamples: neither is there.
    """
    if (folder / "x.npy").is_file():
        return folder
    found = _named(folder, part)
    if found is None:
        raise InvalidSamples(
            f"{folder.name} holds neither x.npy nor samples_{part}/x.npy.",
            hint="Give a result of TimeSen2Crop, or a folder with x.npy, y.npy and meta.json.",
        )
    return found


def _named(folder: Path, part: str) -> Path | None:
    return next((p for p in (folder / f"samples_{part}", folder / part) if (p / "x.npy").is_file()), None)


def _part(whole: Samples, seed: int, one: str) -> Parts:
    """Hold back whole groups, or single samples where there are no groups."""
    parts = split_by_group(whole.y, whole.groups, (HELD_BACK, HELD_BACK), seed)
    if not (parts == 1).any():
        groups = "samples" if whole.groups is None else "groups (fields)"
        raise InvalidSamples(
            f"The data have too few {groups} to hold any back for validation.",
            hint="Add samples of other fields, or give validation samples (val).",
        )
    grouped = whole.groups is not None
    words = f"by {'polygon' if one == 'polygon' else 'group'}" if grouped else "at random"
    note = "" if grouped else ": neighbours of samples that were learnt from may be among those tested on"
    pieces = [_digested(whole, whole.take(np.flatnonzero(parts == part)), part) for part in (0, 1, 2)]
    tests = {"test": pieces[2]} if len(pieces[2]) else {}
    return Parts(
        pieces[0], pieces[1], tests, f"{words}, {HELD_BACK:.0%} each for validation and test, seed {seed}{note}"
    )


def _digested(whole: Samples, taken: Samples, part: int) -> Samples:
    """Return the samples with a sha-256 of the whole and of which of it they are."""
    digest = hashlib.sha256(f"{whole.sha256} {part}".encode() + taken.y.tobytes()).hexdigest()
    return Samples(taken.x, taken.y, taken.meta, taken.groups, digest)


def _like(train: Samples, other: Samples, label: str) -> Samples:
    """Return other samples with the classes of the training samples, in their order.

    Raises:
        InvalidSamples: other periods, bands, or classes that are not learnt.
    """
    pairs = {
        "periods": (train.x.shape[1], other.x.shape[1]),
        "bands": (", ".join(train.meta.bands), ", ".join(other.meta.bands)),
    }
    for name, (ours, theirs) in pairs.items():
        if ours != theirs:
            raise InvalidSamples(
                f"The {name} of {label} are {theirs}, those of the training samples {ours}.",
                hint="Make both from the same dataset with the same settings.",
            )
    learnt = {c.value: c.name for c in train.meta.classes}
    there = set(np.unique(other.y).tolist())
    strange = [c for c in other.meta.classes if c.value in there and learnt.get(c.value) != c.name]
    if strange:
        raise InvalidSamples(
            f"{label} has the class {strange[0].value} {strange[0].name}, which the training samples have not: "
            f"{', '.join(f'{value} {name}' for value, name in learnt.items())}.",
            hint="Make both from the same dataset with the same classes.",
        )
    meta = other.meta.model_copy(update={"classes": train.meta.classes})
    return Samples(other.x, other.y, meta, other.groups, other.sha256)


def _check_classes(parts: Parts) -> None:
    there = len(np.unique(parts.train.y))
    if there < 2:
        raise InvalidSamples(
            f"The training samples have {there} class only.", hint="Add samples, or fields, of further classes."
        )
