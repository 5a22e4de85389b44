"""Make a ground-range detected product (GRDH) of the landscape on a day."""

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from pyproj import Geod

from demo.radar_pass import Pass, locate
from demo.radar_plan import Image, Swath
from demo.radar_view import Layer, Relief, extent, seen
from demo.safe_s1 import product_name, write_image, write_manifest, write_metadata
from demo.safe_s1_tables import BETA_GAIN
from eo.io.sentinel1 import outline
from eo.io.sentinel1_annotation import SPEED_OF_LIGHT_M_S, read_annotation
from eo.sar.geocoding import ImageGeometry, to_image
from eo.sar.zero_doppler import solve_zero_doppler

SWATH = Swath("IW", 48.3e6, 313.0, (0.7, 0.7), 0.979863432)
LOOKS = 4.4
LINE_S, SPACING_M = 0.00149657, 10.0
MARGIN_LINES, MARGIN_M = 24, 250.0
NOISE = {"VV": 900.0, "VH": 900.0}
REFLECTOR_NUMBER = 6000.0
_DEGREE = 5


def make_grd(
    folder: Path,
    relief: Relief,
    flight: Pass,
    gamma0: Mapping[str, Layer],
    rng: np.random.Generator,
    swath: Swath = SWATH,
) -> Path:
    """Write the product and return its path.

    Args:
        gamma0: of the landscape's pixels, by polarisation.
        swath: of another mode, EW or SM.
    """
    image = replace(_image(relief, flight), swath=swath)
    images = [replace(image, polarisation=p, number=k, noise=NOISE[p]) for k, p in enumerate(gamma0, 1)]
    product = folder / product_name(images)
    known = [read_annotation(write_metadata(product, i).read_bytes(), i.stem) for i in images]
    ground = known[0].ground_range
    near_m = known[0].slant_range_time_s * SPEED_OF_LIGHT_M_S / 2
    geometry = ImageGeometry(flight.orbit, LINE_S, near_m, SPACING_M, _in_pass(ground, image), image.first_s)
    for one in images:
        beta0 = seen(relief, geometry, (image.lines, image.samples), gamma0[one.polarisation])
        power = (beta0 * BETA_GAIN**2 + one.noise) * rng.gamma(LOOKS, 1 / LOOKS, beta0.shape)
        _add_reflectors(power, relief, geometry)
        write_image(product, one, np.clip(np.sqrt(power) + 0.5, 1, 65535))
    write_manifest(product, images, list(outline(known[0]).exterior.coords)[:-1])
    return product


def _in_pass(ground, image: Image):  # type: ignore[no-untyped-def]
    """Return the polynomials with times that count as the pass does, not from the first line."""
    return replace(ground, time_s=ground.time_s + image.first_s)


def _image(relief: Relief, flight: Pass) -> Image:
    (first_s, last_s), (near_m, far_m) = extent(relief, flight)
    near_m, far_m = near_m - MARGIN_M, far_m + MARGIN_M
    slant_m = np.linspace(near_m, far_m, 60)
    place = locate(flight.orbit, np.zeros(60), slant_m, np.zeros(60), relief.middle)
    steps_m = Geod(ellps="WGS84").inv(place[0, :-1], place[1, :-1], place[0, 1:], place[1, 1:])[2]
    ground_m = np.concatenate([[0.0], np.cumsum(steps_m)])
    to_ground = np.polynomial.Polynomial.fit(slant_m - near_m, ground_m, _DEGREE).convert().coef
    to_slant = np.polynomial.Polynomial.fit(ground_m, slant_m, _DEGREE).convert().coef
    return Image(
        flight=flight,
        kind="GRD",
        swath=SWATH,
        polarisation="VV",
        number=1,
        lines=math.ceil((last_s - first_s) / LINE_S) + 2 * MARGIN_LINES,
        samples=math.ceil(ground_m[-1] / SPACING_M),
        first_s=round(first_s - MARGIN_LINES * LINE_S, 6),
        interval_s=LINE_S,
        near_s=near_m * 2 / SPEED_OF_LIGHT_M_S,
        spacing_m=SPACING_M,
        noise=0.0,
        place=relief.middle,
        to_ground=tuple(to_ground),
        to_slant=tuple(to_slant),
    )


def _add_reflectors(power: np.ndarray, relief: Relief, geometry: ImageGeometry) -> None:
    """Add a peak for each reflector, two pixels wide, at its exact place."""
    positions = np.stack(solve_zero_doppler(geometry.orbit, relief.points_m))[:, None]
    to_image(geometry, positions)
    for y, x in positions[:, 0].T:
        rows, columns = (np.arange(int(p) - 6, int(p) + 8) for p in (y, x))
        peak = np.sinc((rows - y)[:, None] / 2) ** 2 * np.sinc((columns - x) / 2) ** 2
        power[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] += REFLECTOR_NUMBER**2 * peak
