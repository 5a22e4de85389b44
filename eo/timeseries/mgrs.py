"""Where a tile of Sentinel-2 lies, from its name.

Source: NGA.STND.0037 (MGRS, 100 km squares); Sentinel-2 Products Specification Document, 4.9.2: tiles reach 109.8 km
from the upper left corner of their square, which lies on the grid of 60 m.
"""

from itertools import pairwise
from typing import Any

from pyproj import Transformer

from eo.errors import InvalidOption
from eo.timeseries.timesen2crop import is_tile, place_of

_COLUMNS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_BANDS = "CDEFGHJKLMNPQRSTUVWX"
_SQUARE_M, _TILE_M, _GRID_M = 100_000, 109_800, 60
_CYCLE_M = 2_000_000
_STEPS = 6


def bounds_of(tile: str) -> tuple[int, tuple[float, float, float, float]]:
    """Return the EPSG code of a tile and its bounds there, in metres: left, bottom, right, top.

    Raises:
        InvalidOption: it is no name of a tile.
    """
    if not is_tile(tile):
        raise InvalidOption(f"{tile} is no tile of Sentinel-2.", hint="A tile is named as 33UVP.")
    name = place_of(tile)
    zone, band, column, row = int(name[:2]), name[2], name[3], name[4]
    letters = _COLUMNS[(zone - 1) % 3]
    if not 1 <= zone <= 60 or column not in letters:
        raise InvalidOption(f"There is no tile {tile}.", hint=f"The fourth letter in zone {zone} is one of {letters}.")
    north = band >= "N"
    easting = (letters.index(column) + 1) * _SQUARE_M
    offset = (_ROWS.index(row) - (5 if zone % 2 == 0 else 0)) % len(_ROWS) * _SQUARE_M
    northing = _in_band(zone, band, offset, north)
    left = easting - easting % _GRID_M
    top = -(-(northing + _SQUARE_M) // _GRID_M) * _GRID_M
    return 32600 + zone + (0 if north else 100), (left, top - _TILE_M, left + _TILE_M, top)


def _in_band(zone: int, band: str, offset: int, north: bool) -> int:
    """Return the northing of a square, of those 2000 km apart the one in its band of latitude."""
    south_edge = -80 + 8 * _BANDS.index(band)
    to_map = Transformer.from_crs(4326, 32600 + zone + (0 if north else 100), always_xy=True)
    meridian = zone * 6 - 183
    _, lowest = to_map.transform(meridian, south_edge)
    lowest -= _SQUARE_M
    return offset + int(max(0, -(-(lowest - offset) // _CYCLE_M))) * _CYCLE_M


def footprint_of(tile: str) -> dict[str, Any]:
    """Return the outline of a tile as a GeoJSON polygon in longitude, latitude."""
    epsg, (left, bottom, right, top) = bounds_of(tile)
    corners = [(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)]
    to_degrees = Transformer.from_crs(epsg, 4326, always_xy=True)
    ring = []
    for (x0, y0), (x1, y1) in pairwise(corners):
        for step in range(_STEPS):
            share = step / _STEPS
            ring.append(to_degrees.transform(x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
    ring.append(ring[0])
    return {"type": "Polygon", "coordinates": [[[round(lon, 6), round(lat, 6)] for lon, lat in ring]]}
