"""Areas and projections as parameter values: the library's checks, in the words pydantic wants."""

from eo.errors import EoError
from eo.io.aoi import check_crs, parse_area


def check_area(value: str) -> str:
    """Return an area as WKT of a valid Polygon or MultiPolygon.

    Raises:
        ValueError: with what is wrong and what to do instead.
    """
    try:
        return str(parse_area(value).wkt)
    except EoError as error:
        raise ValueError(f"{error.message} {error.hint}") from None


def check_projection(value: str) -> str:
    """Return a projection as `EPSG:n`.

    Raises:
        ValueError: with what is wrong and what to do instead.
    """
    try:
        return check_crs(value)
    except EoError as error:
        raise ValueError(f"{error.message} {error.hint}") from None
