"""The tiles over what is served, made before anybody asks."""

import math
from collections.abc import Iterator

from apps.osm_vectors.models import Dataset
from apps.osm_vectors.tile_cache import tiles_touched
from apps.osm_vectors.tiles import Selection, tile

EARTH_RADIUS_M = 6_378_137.0


def seed(dataset: Dataset, selection: Selection, last_zoom: int) -> Iterator[tuple[int, int]]:
    """Make and keep the tiles of zoom 0 to the last one; yield how many are made, and how many there are."""
    if dataset.bounds is None:
        return
    west, south, east, north = dataset.bounds.extent
    box = (*_mercator(west, south), *_mercator(east, north))
    wanted = [(z, x, y) for z in range(last_zoom + 1) for x, y in sorted(tiles_touched(z, [box]))]
    for number, (z, x, y) in enumerate(wanted, 1):
        tile(dataset, selection, z, x, y)
        yield number, len(wanted)


def _mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Return metres in EPSG:3857; poles stop at the edge of its square."""
    bounded = max(min(latitude, 85.051), -85.051)
    y = math.log(math.tan(math.pi / 4 + math.radians(bounded) / 2))
    return math.radians(longitude) * EARTH_RADIUS_M, y * EARTH_RADIUS_M
