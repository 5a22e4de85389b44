"""Real series beside composites computed another way: xarray or rasterio, numpy, one look at a time in floats."""

import warnings
from itertools import pairwise

import numpy as np
import pytest
import rasterio
import xarray
from known_series import Harmonised
from small_series import BANDS

from eo.io.time_stack import open_stack

FLANDERS = "crops/worldcereal_samples/00002806639B424A"
FIRST_DAYS = np.arange("2017-12", "2019-01", dtype="datetime64[M]").astype("datetime64[D]")


def monthly(values, clear, days, first_days):
    """Return medians (periods, bands, y, x) in floats, NaN where nothing is clear, and how many looks are clear."""
    seen = np.where(clear[:, None], values, np.nan)
    months = [(days >= start) & (days < end) for start, end in pairwise(first_days)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        composites = np.stack([np.nanmedian(seen[own], axis=0) for own in months])
    return composites, np.stack([clear[own].sum(axis=0) for own in months])


def filled(composites, first_days, limit_days):
    """Gaps filled by numpy's interpolation; held at the ends; only within the limit to either side that there is."""
    edges = first_days.astype("datetime64[D]").astype(float)
    middles = (edges[1:] + edges[:-1]) / 2
    out = composites.copy()
    for row, column in np.argwhere(np.isnan(composites[:, 0]).any(axis=0)):
        there = ~np.isnan(composites[:, 0, row, column])
        for period in np.flatnonzero(~there):
            before, after = middles[:period][there[:period]], middles[period:][there[period:]]
            near = [middles[period] - before[-1:], after[:1] - middles[period]]
            if there.any() and all((gap <= limit_days).all() for gap in near):
                for band in range(composites.shape[1]):
                    known = np.floor(composites[there, band, row, column] + 0.5)
                    out[period, band, row, column] = np.interp(middles[period], middles[there], known)
    return out


@pytest.fixture(scope="module")
def flanders(shared_data, tmp_path_factory):
    span = {"start": "2017-12-01", "end": "2018-11-30", "resampling": "nearest"}
    return Harmonised(tmp_path_factory.mktemp("flanders") / "out", shared_data / FLANDERS, **span)


def looks_over_flanders(shared_data, bands):
    """Reflectance × 10000 (dates, bands, y, x), what is clear of it, and the days, as xarray reads them."""
    cubes = {}
    for pixel_m in (10, 20):
        path = next((shared_data / FLANDERS).glob(f"S2_L2A_{pixel_m}m_*.nc"))
        with xarray.open_dataset(path, mask_and_scale=False) as cube:
            cubes[pixel_m] = cube.load()
    twice = {name: np.kron(cubes[20][name].values, np.ones((1, 2, 2), np.uint16)) for name in (*BANDS[3:], "SCL")}
    values = np.stack([cubes[10][name].values if name in cubes[10] else twice[name] for name in bands], axis=1)
    clear = ~np.isin(twice["SCL"], (0, 1, 3, 8, 9, 10, 11))
    return values.astype(float), clear, cubes[10].timestamp.values.astype("datetime64[D]")


def test_composites_over_flanders(shared_data, flanders):
    """118 dates on 64 × 64 pixels: twelve months, all nine bands, every pixel."""
    expected, counts = monthly(*looks_over_flanders(shared_data, BANDS), FIRST_DAYS[:13])
    labels = [p["label"] for p in flanders.item["properties"]["groundwork:periods"]]
    assert labels == [str(month)[:7] for month in FIRST_DAYS[:12]]
    assert np.array_equal(flanders.read("clear_looks"), counts)
    ours = np.stack([flanders.composite(label) for label in labels]).astype(float)
    assert counts.min() > 0
    assert np.array_equal(ours, np.floor(expected + 0.5))


def test_gaps_over_flanders(shared_data, tmp_path):
    """Periods of ten days have gaps: they are filled where the nearest looks lie within 15 days to either side."""
    span = {"start": "2018-01-01", "end": "2018-06-29", "resampling": "nearest", "bands": "B05"}
    run = Harmonised(tmp_path / "out", shared_data / FLANDERS, **span, period_days=10, gap_limit_days=15)
    labels = [p["label"] for p in run.item["properties"]["groundwork:periods"]]
    assert len(labels) == 18
    values, clear, days = looks_over_flanders(shared_data, ("B05",))
    edges = np.arange("2018-01-01", "2018-07-01", 10, dtype="datetime64[D]")
    expected, counts = monthly(values, clear, days, edges)
    assert np.array_equal(run.read("clear_looks"), counts)
    complete = filled(expected, edges, 15.0)
    ours = np.stack([run.composite(label) for label in labels]).astype(float)
    assert np.array_equal(ours == -1000, np.isnan(complete))
    there = ~np.isnan(complete)
    assert np.abs(ours[there] - complete[there]).max() <= 0.5 + 1e-6
    gaps = (counts == 0) & there[:, 0]
    assert gaps.sum() > 1000
    assert np.array_equal(run.read("filling") == 1, counts > 0)


def test_a_part_of_the_series_gives_the_same_months(shared_data, flanders, tmp_path):
    span = {"start": "2018-04-01", "end": "2018-06-30", "resampling": "nearest", "gap_limit_days": 0}
    part = Harmonised(tmp_path / "out", shared_data / FLANDERS, **span)
    for label, month in (("2018-04", 4), ("2018-05", 5), ("2018-06", 6)):
        seen = flanders.read("clear_looks")[month] > 0
        assert np.array_equal(part.read(f"composite_{label}")[:, seen], flanders.read(f"composite_{label}")[:, seen])


def test_composites_over_a_forest(shared_data, tmp_path):
    """THEIA's series: 51 dates of 2018 of 187, 10 m and 20 m bands, its own cloud masks."""
    folder = shared_data / "s2/fordead_theia_T31UFQ"
    bands = ("B02", "B03", "B04", "B8A", "B11", "B12")
    run = Harmonised(
        tmp_path / "out", folder, bands=",".join(bands), start="2018-01-01", end="2018-12-31", resampling="nearest",
        gap_limit_days=0,
    )  # fmt: skip
    scenes = sorted((folder / "SENTINEL/ZoneTest").glob("SENTINEL2?_2018*"), key=lambda p: p.name[11:])
    values, clear, days = [], [], []
    for scene in scenes:
        looks = [_read(next(scene.glob(f"*_FRE_B{band[1:].lstrip('0')}.tif"))) for band in bands]
        values.append([np.kron(look, np.ones((2, 2), look.dtype)) if len(look) == 40 else look for look in looks])
        mask = _read(next(scene.glob("MASKS/*_CLM_R?.tif")))
        clear.append(np.kron(mask, np.ones((80 // len(mask),) * 2, mask.dtype)) & 0b1111_1110 == 0)
        days.append(np.datetime64(f"{scene.name[11:15]}-{scene.name[15:17]}-{scene.name[17:19]}"))
    seen = np.array(clear) & (np.array(values) != -10_000).all(axis=1)
    edges = np.arange("2018-01", "2019-02", dtype="datetime64[M]").astype("datetime64[D]")
    expected, counts = monthly(np.array(values, float), seen, np.array(days), edges)
    assert run.item["properties"]["groundwork:scenes"] == len(scenes) == 51
    assert np.array_equal(run.read("clear_looks"), counts)
    for month in range(12):
        ours = run.composite(f"2018-{month + 1:02d}")
        there = counts[month] > 0
        assert np.array_equal(ours[:, there], np.floor(expected[month][:, there] + 0.5))
        assert (ours[:, ~there] == -1000).all()


def test_published_composites_come_back(shared_data, tmp_path):
    """WorldCereal's monthly composites taken as a series of twelve looks: a month's median is the month.

    The looks that they were made of are not at hand, nor are published composites of any series that is.
    """
    path = shared_data / "crops/worldcereal_preprocessed_inputs.nc"
    bands = "B02,B03,B04,B05,B06,B07,B08,B11,B12"
    run = Harmonised(tmp_path / "out", path, bands=bands, cloudmask="none", gap_limit_days=0)
    published, ours = open_stack(path), open_stack(tmp_path / "out")
    assert [p.label for p in ours.periods] == [p.label for p in published.periods]
    window = next(ours.grid.blocks(100))
    theirs = published.read(window)
    seen = (theirs != 0).all(axis=1)
    assert np.array_equal(ours.read(window), np.where(seen[:, None], theirs, 0))
    assert np.array_equal(run.read("clear_looks"), seen)


def _read(path):
    with rasterio.open(path) as source:
        return source.read(1)
