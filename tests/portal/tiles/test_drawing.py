"""Drawing, on four pixels worked by hand."""

import numpy as np
import pytest
from rasterio.io import MemoryFile

from portal.tiles.drawing import draw, draw_classes
from portal.tiles.parameters import ramp_of

# A PNG has no place on Earth.
pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


def pixels(png: bytes) -> np.ndarray:
    """Return (row, column, red green blue opacity)."""
    with MemoryFile(png) as file, file.open(driver="PNG") as image:
        if image.count == 1:
            table = image.colormap(1)
            return np.array([[table[v] for v in row] for row in image.read(1)])
        stored = image.read()
        return np.concatenate([stored, np.full_like(stored[:1], 255)][: 5 - image.count]).transpose(1, 2, 0)


def test_three_bands_are_stretched_each_between_its_limits():
    stored = np.array([[[0, 50, 100, 200]], [[0, 50, 100, 200]], [[10, 20, 30, 40]]], np.uint16)
    seen = np.array([[True, True, True, True]])
    drawn = pixels(draw(stored, seen, [(0, 100), (0, 200), (10, 40)]))
    assert drawn[0].tolist() == [[0, 0, 0, 255], [128, 64, 85, 255], [255, 128, 170, 255], [255, 255, 255, 255]]


def test_what_holds_nothing_is_transparent():
    drawn = pixels(draw(np.ones((3, 1, 2), np.uint16), np.array([[True, False]]), [(0, 1)]))
    assert drawn[0].tolist() == [[255, 255, 255, 255], [255, 255, 255, 0]]


def test_one_band_runs_through_a_ramp():
    stored = np.array([[[np.nan, -1, 0.5, 2]]], np.float32)
    drawn = pixels(draw(stored, ~np.isnan(stored[0]), [(0, 1)], ramp_of("viridis")))[0]
    assert drawn[0].tolist() == [0, 0, 0, 0]
    assert drawn[1].tolist() == [68, 1, 84, 255]  # the first of viridis, #440154
    assert drawn[3].tolist() == [253, 231, 36, 255] or drawn[3].tolist() == [253, 231, 37, 255]  # its last, #fde725
    assert drawn[2].tolist() == list(ramp_of("viridis")[round(127 * 255 / 254)])


def test_grey_without_a_ramp():
    drawn = pixels(draw(np.array([[[0, 255]]], np.uint8), np.ones((1, 2), bool), [(0, 255)]))[0]
    assert drawn.tolist() == [[1, 1, 1, 255], [255, 255, 255, 255]]


def test_classes_bear_the_files_own_colours():
    colours = {0: (9, 9, 9, 255), 1: (255, 0, 0, 255), 255: (0, 0, 0, 255)}
    drawn = pixels(draw_classes(np.array([[0, 1, 255]], np.uint8), np.array([[True, True, False]]), colours))[0]
    assert drawn.tolist() == [[9, 9, 9, 255], [255, 0, 0, 255], [0, 0, 0, 0]]


def test_all_classes_in_use_and_a_hole():
    stored = np.arange(256, dtype=np.uint8)[None]
    colours = {v: (v, v, v, 255) for v in range(256)}
    assert (pixels(draw_classes(stored, np.ones((1, 256), bool), colours))[0, :, 0] == stored).all()


def test_the_ramps_of_the_browser_are_all_here():
    names = ["viridis", "cividis", "magma", "inferno", "gray", "ylgn", "ylorrd", "blues", "rdylgn", "rdbu_r", "hsv"]
    assert all(len(ramp_of(name)) == 256 for name in names)
