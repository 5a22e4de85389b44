"""What is held at once does not grow with the number of dates."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from small_series import BANDS, write_series

from eo.io import tile_cache
from services.core.execution import map_bounded
from services.s2_harmonisation import HarmonisationParams, blocks
from services.s2_harmonisation.series import settle

SIZE = 256


@pytest.fixture
def peak_bytes(tmp_path, monkeypatch):
    """Return the peak of all blocks of a series of so many dates in one month, blocks being kept small."""
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 4 << 20)
    monkeypatch.setattr(tile_cache.TILES, "_limit_bytes", 1 << 20)

    def measured(dates: int) -> tuple[int, int]:
        rng = np.random.default_rng(dates)
        values = rng.integers(500, 5000, (dates, SIZE, SIZE)).astype(np.uint16)
        scl = rng.choice([4, 9], (dates, SIZE, SIZE))
        days = [str(np.datetime64("2023-03-01T00") + np.timedelta64(12 * n, "h")) for n in range(dates)]
        path = write_series(tmp_path / f"S2_{dates}.nc", days, dict.fromkeys(BANDS, values), scl, hours=True)
        series = settle(HarmonisationParams(scenes=[str(path)]))
        assert sum(len(looks) for looks in series.looks) == dates
        del values, scl
        tile_cache.TILES.clear()
        tracemalloc.start()
        with ThreadPoolExecutor(2) as threads:
            for _ in map_bounded(threads, lambda w: blocks.compute(series, w), blocks.windows(series), in_flight=3):
                pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak, blocks.edge_pixels(series)

    return measured


def test_eight_times_as_many_dates_take_no_more_memory(peak_bytes):
    peak_bytes(2)  # compiles
    (few, wide), (many, narrow) = peak_bytes(6), peak_bytes(48)
    assert (wide, narrow) == (128, 64)
    assert many < 1.5 * few
    assert many < 6 * blocks.BLOCK_BYTES


def test_blocks_shrink_with_looks_and_with_periods(peak_bytes):
    assert peak_bytes(20)[1] == 64
