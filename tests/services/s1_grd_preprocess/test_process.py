"""The whole service on real geometry: values against the formula, targets in place, slices without a seam."""

import json
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from pyproj import Transformer
from radar_products import POWER, ROME_AREA, unzipped_grd
from rasterio.windows import Window
from scipy.interpolate import RegularGridInterpolator
from scipy.ndimage import map_coordinates

from eo.io.dem import open_dem
from eo.io.grid import grid_of
from eo.io.sentinel1 import read_sentinel1
from eo.sar.geocoding import ImageGeometry, to_image
from eo.sar.orbit import fit_orbit
from eo.sar.zero_doppler import earth_fixed, solve_zero_doppler
from services.core.errors import BadInput
from services.core.registry import get_service
from services.core.runner import run

pytestmark = pytest.mark.real_data
SERVICE = get_service("s1_grd_preprocess")


def read(folder: Path, name: str = "backscatter", band: int = 1) -> np.ndarray:
    with rasterio.open(folder / f"{name}.tif") as source:
        return source.read(band)


def positions(product: Path, transform: rasterio.Affine, crs: str, heights: np.ndarray) -> np.ndarray:
    """Return line and sample of every pixel by the exact solution, point by point."""
    found = read_sentinel1(product)
    annotation = found.annotation(next(iter(found.images.values())))
    vectors = annotation.state_vectors
    orbit = fit_orbit(vectors.time_s, vectors.position_m, vectors.velocity_m_s)
    rows, columns = np.mgrid[: heights.shape[0], : heights.shape[1]] + 0.5
    x, y = transform @ (columns, rows)
    lonlat = Transformer.from_crs(crs, 4326, always_xy=True).transform(x, y)
    points = earth_fixed(*lonlat, heights.astype(float)).reshape(-1, 3)
    out = np.stack(solve_zero_doppler(orbit, points)).reshape(2, *heights.shape)
    to_image(
        ImageGeometry(orbit, annotation.line_interval_s, 0.0, annotation.range_spacing_m, annotation.ground_range), out
    )
    return out


@pytest.fixture(scope="module")
def made(rome_grd: Path, shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEM_PATH", str(shared_data / "dem/Rome-30m-DEM.tif"))
        run(SERVICE, {"input": str(rome_grd), "aoi": ROME_AREA, "incidence_angle": True}, folder)
    return folder


def test_every_pixel_is_the_formula_at_its_exact_place(rome_grd: Path, rome_dem: Path, made: Path) -> None:
    """Interpolated by scipy from values that the formula gives for the whole window, at positions solved one by one."""
    product = read_sentinel1(rome_grd)
    image = product.images["IW", "VV"]
    table, noise = product.calibration(image, "sigma0"), product.noise(image)
    with rasterio.open(product.measurement_path(image)) as source:
        window = Window(21300, 7300, 2200, 1900)
        numbers = source.read(1, window=window).astype(float)
    lines, samples = 7300 + np.arange(1900), 21300 + np.arange(2200)
    gain = RegularGridInterpolator((table.lines, table.pixels), table.values)(
        np.stack(np.meshgrid(lines, samples, indexing="ij"), -1)
    )
    floor = RegularGridInterpolator((noise.range_table.lines, noise.range_table.pixels), noise.range_table.values)(
        np.stack(np.meshgrid(lines, samples, indexing="ij"), -1)
    )
    (part,) = [p for p in noise.azimuth if p.first_sample <= 21300 and p.last_sample >= 23500 and p.first_line <= 7300]
    floor *= np.interp(lines, part.lines, part.factors)[:, None]
    sigma = np.maximum((numbers**2 - floor) / gain**2, 0)

    grid = grid_of(str(made / "backscatter.tif"))
    heights = open_dem(rome_dem).heights(grid, Window(0, 0, grid.width, grid.height))
    line, sample = positions(rome_grd, grid.transform, grid.crs, heights)
    expected = map_coordinates(sigma, (line - 7300, sample - 21300), order=1)
    found = read(made)
    there = np.isfinite(found)
    assert there.mean() > 0.9
    difference_db = 10 * np.log10(found[there] / expected[there])
    assert np.percentile(np.abs(difference_db), 99) < 0.01
    assert np.abs(difference_db).max() < 0.5  # a dark pixel of speckle, 0.003 px beside
    assert abs(difference_db.mean()) < 0.001


def test_the_mean_is_kept(made: Path, rome_grd: Path) -> None:
    product = read_sentinel1(rome_grd)
    table = product.calibration(product.images["IW", "VV"], "sigma0")
    gain = np.interp(22400, table.pixels, table.values[len(table.lines) // 2])
    assert np.nanmean(read(made)) == pytest.approx(POWER / gain**2, rel=0.03)


def test_the_record_says_what_was_done(made: Path) -> None:
    item = json.loads((made / "item.json").read_text())
    properties = item["properties"]
    assert properties["sar:polarizations"] == ["VV"]
    assert (properties["sat:orbit_state"], properties["sat:relative_orbit"]) == ("descending", 22)
    assert properties["groundwork:orbit"] == "annotation"
    assert properties["groundwork:ipf"] == "3.40"
    assert properties["start_datetime"] == "2021-12-23T05:11:22.594Z"
    assert item["assets"]["backscatter"]["proj:code"] == "EPSG:32633"
    angle = read(made, "incidence_angle")
    assert np.nanmedian(angle) == pytest.approx(43.8, abs=1.0)  # the annotation's grid: 43.3° to 44.4° here


def test_decibels_and_filters(rome_grd: Path, rome_dem: Path, made: Path, tmp_path: Path) -> None:
    options = {"input": str(rome_grd), "aoi": ROME_AREA, "speckle": "lee", "scale": "db"}
    run(SERVICE, options, tmp_path)
    filtered, plain = 10 ** (read(tmp_path) / 10), read(made)
    assert np.nanmean(filtered) == pytest.approx(np.nanmean(plain), rel=0.005)
    assert np.nanstd(filtered) < 0.35 * np.nanstd(plain)


def test_flattened_by_the_terrain(rome_grd: Path, rome_dem: Path, made: Path, tmp_path: Path) -> None:
    """Where the ground is flat γ0 RTC is σ0 over the cosine of the incidence angle."""
    options = {"calibration": "gamma0_rtc", "contributing_area": True, "layover_shadow": True}
    run(SERVICE, {"input": str(rome_grd), "aoi": ROME_AREA, **options}, tmp_path)
    angle = read(made, "incidence_angle")
    flat = np.abs(angle - np.nanmedian(angle)) < 0.5
    ratio = np.nanmean(read(tmp_path)[flat]) / np.nanmean((read(made) / np.cos(np.deg2rad(angle)))[flat])
    assert 10 * np.log10(ratio) == pytest.approx(0, abs=0.1)
    mask = read(tmp_path, "layover_shadow")
    assert (mask[mask > 0] == 1).mean() > 0.95


def test_an_orbit_of_another_day_is_refused(rome_grd: Path, rome_dem: Path, shared_data: Path, tmp_path: Path) -> None:
    orbit = next((shared_data / "eof").glob("*POEORB*"))
    with pytest.raises(BadInput, match="holds sentinel-1a from 2022-08-27"):
        run(SERVICE, {"input": str(rome_grd), "aoi": ROME_AREA, "orbit": str(orbit)}, tmp_path)


@pytest.mark.slow
def test_slices_are_joined_without_a_seam(shared_data: Path, tmp_path: Path) -> None:
    """A constant brightness goes on from one slice to the next; without the second slice half of it is missing."""
    shapes = {"CEAB": (16685, 25357), "3768": (16685, 25368)}
    lines = {"CEAB": 16385, "3768": 0}
    archive = {name: next((shared_data / "s1/grd_safe").glob(f"*{name}.zip")) for name in shapes}
    first = read_sentinel1(archive["CEAB"])
    grid = first.annotation(first.images["IW", "VV"]).geolocation
    k = np.argmin((grid.line - 16684) ** 2 + (grid.pixel - 11750) ** 2)
    slices = {
        name: unzipped_grd(
            archive[name],
            tmp_path,
            lambda lines, samples: np.full(lines.shape, 300),
            {"vv": Window(int(grid.pixel[k]) - 750, lines[name], 1500, 300)},
            shapes[name],
        )
        for name in shapes
    }
    lon, lat = grid.longitude[k], grid.latitude[k]
    area = shapely.box(lon - 0.03, lat - 0.015, lon + 0.03, lat + 0.015).wkt
    options = {"aoi": area, "terrain": "flat", "polarization": "VV", "noise_removal": False, "border_noise": False}
    run(SERVICE, {"input": str(slices["3768"]), "following": str(slices["CEAB"]), **options}, tmp_path / "both")
    run(SERVICE, {"input": str(slices["CEAB"]), **options}, tmp_path / "one")
    both = read(tmp_path / "both")
    there = np.isfinite(both)
    db = 10 * np.log10(both[there])
    assert np.ptp(db) < 0.05
    middle = there[30:-30, 60:-60]
    assert middle.all()
    assert 0.2 < np.isfinite(read(tmp_path / "one")).sum() / there.sum() < 0.8
