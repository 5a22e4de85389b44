"""The demo world's radar: read back by the library, its numbers against what was put in."""

import json
import warnings

import numpy as np
import pytest
import rasterio
import xarray_sentinel

from demo.radar_noise import impulse, speckle
from demo.radar_pass import locate
from demo.radar_slc import SWATHS
from demo.world import DemoWorld
from eo.io.sentinel1 import Sentinel1Product, read_sentinel1
from eo.io.sentinel1_annotation import SPEED_OF_LIGHT_M_S
from eo.sar.baseline import baseline
from eo.sar.effective_looks import effective_looks
from eo.sar.orbit import fit_orbit
from eo.sar.zero_doppler import earth_fixed, solve_zero_doppler


@pytest.fixture(scope="module")
def slc(demo_world: DemoWorld) -> list[Sentinel1Product]:
    return [read_sentinel1(path) for path in demo_world.radar.slc]


def reflectors(world: DemoWorld) -> np.ndarray:
    """Return longitude, latitude, height of the corner reflectors."""
    features = json.loads(world.truth("reflectors").read_text())["features"]
    return np.array([[*f["geometry"]["coordinates"], f["properties"]["height_m"]] for f in features])


def test_products_say_what_they_are(demo_world: DemoWorld, slc: list[Sentinel1Product]) -> None:
    grd = [read_sentinel1(path) for path in demo_world.radar.grd]
    assert [(p.product_type, p.mode, p.polarisations) for p in grd] == [("S1-GRD", "IW", ["VV", "VH"])] * 2
    assert [(p.product_type, p.swaths, p.polarisations) for p in slc] == [("S1-SLC", ["IW1", "IW2"], ["VV"])] * 2
    assert {p.relative_orbit for p in (*grd, *slc)} == {22}
    assert {p.orbit_pass for p in (*grd, *slc)} == {"descending"}
    assert slc[1].absolute_orbit - slc[0].absolute_orbit == 175  # twelve days


def test_geolocation_grid_and_orbit_agree(slc: list[Sentinel1Product]) -> None:
    annotation = slc[0].annotation(slc[0].images["IW2", "VV"])
    vectors, grid = annotation.state_vectors, annotation.geolocation
    orbit = fit_orbit(vectors.time_s, vectors.position_m, vectors.velocity_m_s)
    time_s, slant_m = solve_zero_doppler(orbit, earth_fixed(grid.longitude, grid.latitude, grid.height_m))
    assert time_s == pytest.approx(grid.time_s, abs=2e-6)
    assert slant_m == pytest.approx(grid.slant_range_time_s * SPEED_OF_LIGHT_M_S / 2, abs=0.005)
    assert 38 < np.median(grid.incidence_deg) < 41


@pytest.mark.slow
def test_another_reader_opens_every_part(demo_world: DemoWorld) -> None:
    """What xarray-sentinel makes of the products: every group, shapes and numbers as our own reader has them."""
    for path in (*demo_world.radar.grd, *demo_world.radar.slc):
        product = read_sentinel1(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            groups = xarray_sentinel.open_sentinel1_dataset(str(path)).attrs["subgroups"]
            opened = {group: xarray_sentinel.open_sentinel1_dataset(str(path), group=group) for group in groups}
        for (swath, polarisation), image in product.images.items():
            annotation = product.annotation(image)
            assert opened[f"{swath}/{polarisation}"].measurement.shape == (annotation.lines, annotation.samples)
            vectors = opened[f"{swath}/{polarisation}/orbit"].position.values
            assert np.allclose(vectors.T, annotation.state_vectors.position_m)
            table = product.calibration(image, "sigma0")
            assert np.allclose(opened[f"{swath}/{polarisation}/calibration"].sigmaNought.values, table.values)


def test_the_pair_is_close(slc: list[Sentinel1Product]) -> None:
    apart = baseline(*(p.annotation(p.images["IW1", "VV"]) for p in slc))
    assert apart.days == pytest.approx(12, abs=1e-3)
    assert 60 < apart.perpendicular_m < 100


def test_reflectors_stand_where_they_stand(demo_world: DemoWorld) -> None:
    """The brightest pixels of the GRD lie within half a pixel of the exact solutions."""
    product = read_sentinel1(demo_world.radar.grd[0])
    image = product.images["IW", "VV"]
    annotation = product.annotation(image)
    vectors, ground = annotation.state_vectors, annotation.ground_range
    orbit = fit_orbit(vectors.time_s, vectors.position_m, vectors.velocity_m_s)
    time_s, slant_m = solve_zero_doppler(orbit, earth_fixed(*reflectors(demo_world).T))
    line = time_s / annotation.line_interval_s
    sample = np.polynomial.polynomial.polyval(slant_m - ground.slant_origin_m[0], ground.to_ground[0]) / 10
    with rasterio.open(product.measurement_path(image)) as source:
        numbers = source.read(1)
        assert len(source.gcps[0]) == len(annotation.geolocation.line)
    for y, x in zip(line, sample, strict=True):
        top, left = round(y) - 5, round(x) - 5
        part = numbers[top : top + 11, left : left + 11]
        row, column = np.unravel_index(part.argmax(), part.shape)
        assert max(abs(row + top - y), abs(column + left - x)) <= 0.51
        assert part.max() > 4000


def test_locate_inverts_zero_doppler(slc: list[Sentinel1Product]) -> None:
    vectors = slc[0].annotation(slc[0].images["IW1", "VV"]).state_vectors
    orbit = fit_orbit(vectors.time_s, vectors.position_m, vectors.velocity_m_s)
    place = np.array([[13.2, 13.1], [43.7, 43.6]])
    time_s, slant_m = solve_zero_doppler(orbit, earth_fixed(*place, np.array([0.0, 500.0])))
    assert locate(orbit, time_s, slant_m, np.array([0.0, 500.0]), (13.0, 43.5)) == pytest.approx(place, abs=1e-9)


def test_speckle_has_the_looks_of_its_spectrum() -> None:
    swath = SWATHS[1]
    noise = speckle(np.random.default_rng(0), (600, 900), swath, 486.4863)
    assert np.mean(np.abs(noise) ** 2) == pytest.approx(1, abs=1e-3)
    assert np.mean(np.abs(noise) ** 4) == pytest.approx(2, abs=0.02)  # of an exponential: one look
    assert impulse(np.array([0.0]), 0.75, 0.75) == pytest.approx(1)
    assert effective_looks((1, 1), *(2 * (_spectrum(swath),))) == pytest.approx(1, abs=1e-6)


def _spectrum(swath):  # type: ignore[no-untyped-def]
    from eo.io.sentinel1_annotation import Spectrum

    return Spectrum(swath.range_bandwidth_hz / 64.345e6, swath.hamming[1])
