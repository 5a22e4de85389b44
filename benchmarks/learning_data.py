"""The samples that networks are measured on: the made set with its Bayes rate, and real ones where they are at hand."""

from pathlib import Path

import numpy as np
from scipy import ndimage

from eo.io.crop_samples import made_looks, to_samples
from eo.io.sample_arrays import Samples
from eo.io.worldcereal import flanders_samples, patch_looks, split_by_group
from eo.learning.splits import split_by_group as split_fields
from eo.timeseries.made_posterior import bayes_posteriors
from eo.timeseries.timesen2crop import CROSS_YEAR_TILE, TILES

PER_TILE, SEED, FIRST_MONTH = 6000, 11, 9
BLOCK_PIXELS, MARGIN_PIXELS = 8, 2
FLANDERS = Path(__file__).resolve().parents[2] / "shared/data/crops/worldcereal_samples/00002806639B424A"


def made_parts(threads: int = 2) -> tuple[dict[str, Samples], float]:
    """Return the parts of the made set, and how often Bayes' rule is right on its test samples."""
    looks = made_looks(PER_TILE, SEED, [tile for tile in TILES if tile != CROSS_YEAR_TILE])
    parts: dict[str, Samples] = {part: to_samples(tiles, part, FIRST_MONTH) for part, tiles in looks.items()}
    (test,) = looks["test"]
    posteriors = bayes_posteriors(test, threads=threads)
    return parts, float((posteriors.argmax(1) == test.labels).mean())


def unseen_fields() -> dict[str, Samples] | None:
    """Return the fields of Flanders 2018, whole fields held back for validation and test; None where they are not here.

    One field of maize is more than half of all; the others are few and small.
    """
    if not FLANDERS.is_dir():
        return None
    samples = flanders_samples(FLANDERS)
    test = split_by_group(samples.y, samples.groups)
    rest = samples.take(np.flatnonzero(~test))
    validation = split_by_group(rest.y, rest.groups)
    return {
        "train": rest.take(np.flatnonzero(~validation)),
        "validation": rest.take(np.flatnonzero(validation)),
        "test": samples.take(np.flatnonzero(test)),
    }


def unseen_blocks() -> dict[str, Samples] | None:
    """Return Flanders 2018 split by blocks of 80 m, in which every field has its share; None where it is not here.

    Of the pixels to train on those nearer than 20 m to others are left out.
    """
    if not FLANDERS.is_dir():
        return None
    samples = flanders_samples(FLANDERS)
    _, _, places = patch_looks(FLANDERS)
    rows, columns = places.T
    across = int(columns.max()) // BLOCK_PIXELS + 1
    part = split_fields(samples.y, rows // BLOCK_PIXELS * across + columns // BLOCK_PIXELS, (0.2, 0.3), SEED)
    held_back = np.zeros((rows.max() + 1, columns.max() + 1), bool)
    held_back[rows[part > 0], columns[part > 0]] = True
    near = ndimage.maximum_filter(held_back, 2 * MARGIN_PIXELS + 1)[rows, columns]
    which = {"train": (part == 0) & ~near, "validation": part == 1, "test": part == 2}
    return {name: samples.take(np.flatnonzero(mask)) for name, mask in which.items()}
