"""What a run is about: the area, the tables to read, and what must be there for it."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import shapely

from eo.io.aoi import geodesic_area_km2, parse_area
from eo.io.osm_store import OsmStore
from eo.vector.mgcp_extract import mgcp_tables
from eo.vector.osm_extract import FeatureTable, Wanted, groundwork_tables
from eo.vector.osm_rules import rules
from services.core.errors import BadInput
from services.osm_extract import ExtractParams

LARGEST_KM2 = 100_000.0
LIMIT_VARIABLE = "OSM_MAX_AREA_KM2"


@dataclass(frozen=True)
class Plan:
    """What is read.

    Args:
        place: shapely geometry in longitude, latitude.
    """

    place: shapely.geometry.base.BaseGeometry
    wanted: Wanted
    tables: Sequence[FeatureTable]


def plan(params: ExtractParams, store: OsmStore) -> Plan:
    """Return what is to be read.

    Raises:
        BadInput: the drawn area is over the limit.
        EoError: there is no such country.
    """
    if params.aoi is not None:
        place = parse_area(params.aoi)
        _check_size(place)
    else:
        place = shapely.from_wkb(store.country(params.country or ""))
    wanted = Wanted(
        area=shapely.to_wkb(place),
        layers=params.layers,
        classes=_parts(params.classes),
        codes=_parts(params.codes),
        clip=params.edge == "clip",
        tags=params.tags,
    )
    make = mgcp_tables if params.feature_schema == "mgcp" else groundwork_tables
    return Plan(place, wanted, list(make(rules(), wanted)))


def _check_size(place: shapely.geometry.base.BaseGeometry) -> None:
    limit = float(os.environ.get(LIMIT_VARIABLE) or LARGEST_KM2)
    size = geodesic_area_km2(place)
    if size > limit:
        raise BadInput(
            f"The area has {size:,.0f} km²; at most {limit:,.0f} km² may be drawn.",
            hint="Draw a smaller one, or name a country: whole countries have no limit.",
        )


def _parts(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()
