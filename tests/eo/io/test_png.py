"""PNG: what is written is read back the same by GDAL's reader."""

import numpy as np
import pytest
from rasterio.io import MemoryFile

from eo.io.png import colour_png, palette_png

# A PNG has no place on Earth.
pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


def decoded(png: bytes) -> np.ndarray:
    with MemoryFile(png) as file, file.open(driver="PNG") as image:
        return image.read()


def test_colours_come_back():
    pixels = np.random.default_rng(1).integers(0, 256, (5, 7, 3), np.uint8)
    assert (decoded(colour_png(pixels)) == pixels.transpose(2, 0, 1)).all()


def test_opacity_comes_back():
    pixels = np.random.default_rng(2).integers(0, 256, (256, 256, 4), np.uint8)
    assert (decoded(colour_png(pixels)) == pixels.transpose(2, 0, 1)).all()


def test_palette_comes_back():
    indices = np.array([[0, 1], [2, 1]], np.uint8)
    png = palette_png(indices, [(0, 0, 0, 0), (10, 20, 30, 255), (40, 50, 60, 128)])
    with MemoryFile(png) as file, file.open(driver="PNG") as image:
        assert (image.read(1) == indices).all()
        assert image.colormap(1)[1] == (10, 20, 30, 255)
        assert image.colormap(1)[2] == (40, 50, 60, 128)
        assert image.colormap(1)[0][3] == 0
