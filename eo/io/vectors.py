"""Vector files of users: GeoJSON, KML, GeoPackage, zipped Shapefile. Each is hostile until its bytes were looked at."""

import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyogrio
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from eo.errors import EoError, InvalidVector
from eo.io.safe import check_archive

MAX_FEATURES = 100_000
MAX_BYTES = 50 << 20
MAX_ATTRIBUTES = 40
MAX_WORD = 200
FORMATS = "GeoJSON, KML, GeoPackage or a zipped Shapefile"
SHAPEFILE_SIGNATURE = b"\0\0\x27\x0a"
_NO_KML = (b"<!DOCTYPE", b"<!ENTITY", b"\0")  # NUL: in UTF-16 the other words would look different
_FOLDERS = re.compile(r"/[^\s']*/")  # where files lie on this machine is nobody's business
SHAPEFILE_PARTS = {".shp", ".shx", ".dbf", ".prj", ".cpg", ".qix", ".sbn", ".sbx", ".xml", ".qmd"}


def read_geometries(path: Path) -> list[BaseGeometry]:
    """Return the geometries of the first layer in longitude, latitude (WGS 84); empty ones are left out.

    Raises:
        InvalidVector: not one of the formats, no coordinate system, nothing in it, too large.
    """
    return _read(path, [])[0]


def read_labelled(path: Path, attribute: str) -> tuple[list[BaseGeometry], list[Any]]:
    """Return the polygons of the first layer in longitude, latitude, and the value that each has of an attribute.

    What is no polygon, is empty or has no value is left out.

    Raises:
        InvalidVector: as for `read_geometries`; no such attribute, or no polygon that has it.
    """
    geometries, columns = _read(path, [attribute])
    values = columns[attribute]
    kept = [
        (geometry, value.item() if isinstance(value, np.generic) else value)
        for geometry, value in zip(geometries, values, strict=True)
        if geometry.geom_type in ("Polygon", "MultiPolygon") and value is not None and value == value
    ]
    if not kept:
        raise _refusal(f"no polygon in it has a value of {attribute!r}")
    return [geometry for geometry, _ in kept], [value for _, value in kept]


def read_features(path: Path) -> tuple[list[BaseGeometry], list[dict[str, Any]]]:
    """Return the geometries as `read_geometries`, and of each the attributes that are numbers or short words.

    Raises:
        InvalidVector: as for `read_geometries`.
    """
    geometries, columns = _read(path, None)
    rows = [{name: plain(values[n]) for name, values in columns.items()} for n in range(len(geometries))]
    return geometries, [{name: value for name, value in row.items() if value is not None} for row in rows]


def plain(value: Any) -> str | int | float | bool | None:
    """Return an attribute as JSON has it; None for what is missing, no number and no word, or too long."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, str):
        return value if len(value) <= MAX_WORD else None
    return value if isinstance(value, bool | int) else None


def _read(path: Path, wanted: Sequence[str] | None) -> tuple[list[BaseGeometry], dict[str, list[Any]]]:
    """Return what has a geometry, and its attributes by name: those wanted, None for all up to a number."""
    if path.stat().st_size > MAX_BYTES:
        raise _refusal(f"it has {path.stat().st_size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are taken")
    try:
        with _source(path) as source:
            info = pyogrio.read_info(source)
            if info["features"] > MAX_FEATURES:
                raise _refusal(f"it has {info['features']} features; at most {MAX_FEATURES} are taken")
            names = list(info["fields"][:MAX_ATTRIBUTES] if wanted is None else wanted)
            if missing := [name for name in names if name not in info["fields"]]:
                raise _refusal(f"it has no attribute {missing[0]!r}, but {', '.join(info['fields']) or 'none'}")
            meta, _, wkb, columns = pyogrio.raw.read(source, columns=names, force_2d=True)
        geometries = shapely.from_wkb(wkb)
        there = [i for i, g in enumerate(geometries) if g is not None and not g.is_empty]
        found = {str(name): [column[i] for i in there] for name, column in zip(meta["fields"], columns, strict=True)}
        return to_lonlat([geometries[i] for i in there], meta["crs"]), found
    except EoError:
        raise
    except Exception as error:
        raise _refusal(f"it cannot be read ({_FOLDERS.sub('', str(error))})") from None


def to_lonlat(geometries: Sequence[BaseGeometry], crs: str | None) -> list[BaseGeometry]:
    """Return geometries in longitude, latitude.

    Raises:
        InvalidVector: none there, or no coordinate system.
    """
    if not geometries:
        raise _refusal("there is no geometry in it")
    if crs is None:
        raise _refusal("it does not say its coordinate system (a Shapefile needs its .prj)")
    found = list(geometries)
    if crs not in ("EPSG:4326", "OGC:CRS84"):
        to_wgs84 = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        found = [shapely.transform(g, to_wgs84.transform, interleaved=False) for g in geometries]
    if not np.isfinite(shapely.get_coordinates(found)).all():
        raise _refusal("it has a coordinate that is not a number, or lies nowhere on Earth")
    return found


def write_geojson(
    geometries: Sequence[BaseGeometry], path: Path, attributes: Sequence[Mapping[str, Any]] | None = None
) -> None:
    """Write geometries, and the attributes of each if given, as a GeoJSON feature collection (RFC 7946)."""
    features = [
        {"type": "Feature", "properties": dict(row), "geometry": json.loads(shapely.to_geojson(geometry))}
        for geometry, row in zip(geometries, attributes or [{}] * len(geometries), strict=True)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))


@contextmanager
def _source(path: Path) -> Iterator[str]:
    """Give what GDAL may open, judged by the bytes and not by the name."""
    content = path.read_bytes()
    head = content[:4096]
    if b"<OGRVRT" in content:  # a text of GDAL's that names other files, and is taken for one wherever it stands
        raise _refusal("its content is none of these")
    is_json = head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    if is_json or (b"<kml" in head and not any(word in content for word in _NO_KML)):
        yield str(path)
    elif head.startswith(b"SQLite format 3\0"):
        with TemporaryDirectory() as folder:
            named = Path(folder, "file.gpkg")  # without its suffix GDAL warns
            named.symlink_to(path.absolute())
            yield str(named)
    elif head.startswith(b"PK"):
        yield f"/vsizip/{{{path}}}/{_shapefile(path)}"
    else:
        raise _refusal("its content is none of these")


def _shapefile(path: Path) -> str:
    names = [e.filename for e in check_archive(path) if not e.is_dir() and "__MACOSX" not in e.filename]
    strange = [n for n in names if Path(n).suffix.lower() not in SHAPEFILE_PARTS]
    shapes = [n for n in names if n.lower().endswith(".shp")]
    if strange or len(shapes) != 1:
        what = f"it holds {strange[0]}" if strange else f"it holds {len(shapes)} .shp files, not one"
        raise _refusal(what)
    with zipfile.ZipFile(path) as archive, archive.open(shapes[0]) as shape:
        if shape.read(4) != SHAPEFILE_SIGNATURE:
            raise _refusal(f"{shapes[0]} is no Shapefile")
    return shapes[0]


def _refusal(reason: str) -> InvalidVector:
    return InvalidVector(f"The vector file was not taken: {reason}.", hint=f"Give {FORMATS}.")
