"""Folders of a few labelled series that a small network learns in seconds."""

from pathlib import Path
from typing import Any

import numpy as np

from eo.io.sample_arrays import SampleMeta, Samples, write_samples
from eo.learning.card import CropClass, Periods

CLASSES = tuple(
    CropClass(value=value, name=name, colour=colour)
    for value, name, colour in ((1, "Maize", "#ffd500"), (2, "Beet", "#c4003c"), (5, "Soy", "#00693c"))
)
BANDS = ("B02", "B03", "B04", "B8A")


def small_samples(samples: int = 300, seed: int = 1, *, periods: int = 6, bands: int = 4, **meta: Any) -> Samples:
    """Return series of three crops that peak at different times, in fields of ten, with some gaps."""
    rng = np.random.default_rng(seed)
    field = np.repeat(np.arange(-(-samples // 10)), 10)[:samples]
    position = field % 3
    x = rng.normal(0.2, 0.03, (samples, periods, bands)).astype(np.float32)
    for sample, crop in enumerate(position):
        x[sample, crop : crop + 2, -1] += 0.2
    x[rng.random(x.shape[:2]) < 0.1] = np.nan
    told = {"bands": BANDS[:bands], "classes": CLASSES, "periods": Periods(count=periods, first_month=3), "gaps": True}
    told |= {"source": "made for tests", "licence": "CC0-1.0", **meta}
    return Samples(x, np.array([c.value for c in CLASSES])[position], SampleMeta(**told), field)


def write_parts(folder: Path, **counts: int) -> Path:
    """Write a folder as TimeSen2Crop leaves it: `samples_<part>` each with so many samples."""
    for seed, (part, count) in enumerate(counts.items()):
        write_samples(folder / f"samples_{part}", small_samples(count, seed, part=part))
    return folder
