"""Human features of OpenStreetMap as files. Declaration only: pydantic, nothing heavier."""

from typing import Any, Literal

from pydantic import field_validator, model_validator

from eo.vector.osm_rules import rules
from services.core.service import Output, Params, Service, param
from services.core.types import Area

LAYERS = tuple(rules().by_id)


class ExtractParams(Params):
    """What a user may choose."""

    aoi: Area | None = param(
        None,
        title="Area of interest",
        help="Polygon as WKT in longitude, latitude; or name a country.",
        flag="AoI",
    )
    country: str | None = param(
        None,
        title="Country",
        help="Two-letter code (ISO 3166-1) or name of a country whose boundary was imported, in place of an area.",
        min_length=2,
        max_length=80,
    )
    layers: list[str] = param(
        list(LAYERS),
        title="Layers",
        help="Layers to extract.",
        labels={layer.id: layer.title for layer in rules().layers},
        schema={"items": {"type": "string", "enum": list(LAYERS)}},
    )
    output_format: Literal["GPKG", "GeoJSON", "GeoJSONSeq", "FlatGeobuf", "Shapefile", "KMZ", "GeoParquet"] = param(
        "GPKG",
        title="Format",
        help="Format of the features: one GeoPackage, one KMZ or one zip of shapefiles with all layers; of the others "
        "a file for each layer and kind of geometry.",
        labels={
            "GPKG": "GeoPackage",
            "GeoJSONSeq": "GeoJSON, a feature a line",
            "Shapefile": "Shapefile (zip)",
            "KMZ": "KMZ (Google Earth)",
        },
    )
    feature_schema: Literal["groundwork", "mgcp"] = param(
        "groundwork",
        title="Schema",
        help="How layers and attributes are named: groundwork (a table for each layer, attributes by name) or mgcp (a "
        "layer for each feature code of the MGCP catalogue, in the forms it allows, attributes coded).",
        labels={"groundwork": "Groundwork", "mgcp": "MGCP TRD4 v4.6"},
        flag="schema",
    )
    edge: Literal["whole", "clip"] = param(
        "whole",
        title="At the edge",
        help="Features that reach beyond the area: whole, or clip to cut them.",
        labels={"whole": "Whole features", "clip": "Cut them"},
    )
    classes: str | None = param(
        None,
        title="Classes",
        help="Classes of these layers to extract, with commas between (motorway,primary); without it all.",
        advanced=True,
    )
    codes: str | None = param(
        None,
        title="Feature codes",
        help="Feature codes to extract, with commas between (AP030,AN010); without it all.",
        advanced=True,
    )
    tags: bool = param(
        True,
        title="Other tags",
        help="Whether all tags that have no column of their own are kept in a column as JSON (shapefiles, KMZ and the "
        "schema mgcp have none).",
        advanced=True,
    )

    @field_validator("layers", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("layers")
    @classmethod
    def _known_layers(cls, value: list[str]) -> list[str]:
        unknown = [name for name in value if name not in LAYERS]
        if unknown:
            raise ValueError(f"there is no layer {unknown[0]!r}; there are {', '.join(LAYERS)}")
        if not value:
            raise ValueError(f"name one layer at least, of {', '.join(LAYERS)}")
        return [name for name in LAYERS if name in value]

    @field_validator("classes", "codes")
    @classmethod
    def _list(cls, value: str | None) -> str | None:
        return ",".join(part.strip() for part in value.split(",") if part.strip()) or None if value else None

    @model_validator(mode="after")
    def _one_place(self) -> "ExtractParams":
        if (self.aoi is None) == (self.country is None):
            raise ValueError("aoi: draw an area or name a country, one of the two.")
        return self

    @model_validator(mode="after")
    def _there(self) -> "ExtractParams":
        chosen = [rules().layer(name) for name in self.layers]
        _refuse("classes", self.classes, {name for layer in chosen for name in layer.classes}, "class")
        _refuse("codes", self.codes, {r.code for layer in chosen for r in layer.rules if r.code}, "feature code")
        return self


def _refuse(field: str, text: str | None, there: set[str], what: str) -> None:
    unknown = [name for name in (text or "").split(",") if name and name not in there]
    if unknown:
        raise ValueError(
            f"{field}: there is no {what} {unknown[0]!r} in these layers; there are {', '.join(sorted(there))}."
        )


SERVICE = Service(
    id="osm_extract",
    version="1.0.0",
    title="Human features from OpenStreetMap",
    summary="Writes roads, buildings, power, borders, camps and fourteen more layers of an area or a country to files, "
    "with feature codes.",
    command="OSM-extract",
    domain="security",
    params=ExtractParams,
    outputs=(
        Output("features", "Features", role="vector", many=True),
        Output("project", "Project for QGIS, in the colours of the map", role="metadata", optional=True),
        Output("dictionary", "What every column means", role="metadata"),
        Output("licence", "Open Database License 1.0, and whose data these are", role="metadata"),
        Output("checksums", "SHA-256 of every file", role="metadata"),
    ),
    entry="services.osm_extract.process:run",
    preflight="services.osm_extract.preflight:preflight",
    example={
        "aoi": "POLYGON((9.5 47.1, 9.6 47.1, 9.6 47.2, 9.5 47.2, 9.5 47.1))",
        "layers": ["buildings", "roads"],
        "output_format": "GPKG",
    },
    sources=(
        "OpenStreetMap, openstreetmap.org",
        "MGCP Feature and Attribute Catalogue TRD4 v4.6, 2021-01-29: feature codes, forms, attributes",
        "OGC GeoPackage 1.3; RFC 7946 (GeoJSON); OGC KML 2.3; GeoParquet 1.1.0",
    ),
    standing=("osm",),
    citation="© OpenStreetMap contributors, openstreetmap.org/copyright.",
    licence="Open Database License 1.0 (opendatacommons.org/licenses/odbl/1-0/): what is made of the data and made "
    "public stays under it, and says © OpenStreetMap contributors.",
    limitations=(
        "OpenStreetMap is as complete as its contributors made it: what is missing may still exist.",
        "Feature codes marked as not reviewed in the data dictionary are our own choice.",
        "The QGIS project was not opened with a QGIS of every version; the layers open without it.",
        "Lines that the schema mgcp wants as areas are as wide as their tags say, else as is usual; points become "
        "circles of 25 m: the column TXT says so.",
    ),
    icon="map",
)
