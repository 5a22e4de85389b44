"""A disk that fills while a result is written, in every format: the reason is told, and nothing is left."""

from pathlib import Path

import numpy as np
import pytest
from small_disk import small_disk
from small_safe import make_safe

from services.core.errors import DiskFull
from services.core.registry import get_service
from services.core.runner import run

__all__ = ["small_disk"]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small product of three bands that no compression makes smaller."""
    noise = np.random.default_rng(1)
    values = lambda band, size: noise.integers(1_000, 11_000, (size, size), np.uint16)  # noqa: E731
    return make_safe(tmp_path_factory.mktemp("safe"), bands=("B02", "B03", "B04"), values=values)


@pytest.mark.parametrize("output_format", ["COG", "GeoTIFF", "NetCDF", "Zarr"])
@pytest.mark.parametrize("free_bytes", [8_192, 90_112])
def test_every_format(small_disk: Path, product: Path, output_format: str, free_bytes: int) -> None:
    (small_disk / "filler").write_bytes(bytes((1 << 20) - 12_288 - free_bytes))
    values = {"input": str(product), "output_format": output_format}
    with pytest.raises(DiskFull) as error:
        run(get_service("s2_preprocess"), values, small_disk / "result")
    assert error.value.message == f"The disk under {small_disk / 'result'} is full; nothing was published."
    assert error.value.hint == "Free some space or choose a smaller area, then run it again."
    assert [p.name for p in small_disk.iterdir()] == ["filler"]
