"""Features as files, streamed: GeoPackage, GeoJSON, FlatGeobuf, Shapefile, KMZ by GDAL; GeoParquet by pyarrow.

Sources: OGC GeoPackage 1.3; RFC 7946; RFC 8142; OGC KML 2.3; GeoParquet 1.1.0; ESRI Shapefile Technical Description.
"""

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc
import pyogrio
from pyarrow import parquet

FeatureFormat = Literal["GPKG", "GeoJSON", "GeoJSONSeq", "FlatGeobuf", "Shapefile", "KMZ", "GeoParquet"]
EXTENSIONS: Mapping[FeatureFormat, str] = {
    "GPKG": ".gpkg",
    "GeoJSON": ".geojson",
    "GeoJSONSeq": ".geojsonl",
    "FlatGeobuf": ".fgb",
    "Shapefile": ".shp",
    "KMZ": ".kml",
    "GeoParquet": ".parquet",
}
"""Of the file that holds a layer; a GeoPackage holds all, shapefiles and KML are zipped together."""
GEOMETRY = "geometry"
SHORT_NAME, SHORT_TEXT = 10, 254
_PIECE_BYTES = 4 << 20
_DRIVERS = {"Shapefile": "ESRI Shapefile", "KMZ": "KML"}
_LAYER_OPTIONS: Mapping[str, Mapping[str, str]] = {
    "GeoJSONSeq": {"RS": "NO", "COORDINATE_PRECISION": "7"},
    "Shapefile": {"ENCODING": "UTF-8"},
}
_KML_LINE, _KML_FILL = b"<color>ff0000ff</color>", b"<fill>0</fill>"


@dataclass(frozen=True)
class FeatureLayer:
    """A layer that is to be written.

    Args:
        geometry: as in Simple Features.
        features: its columns, then `geometry` as WKB in longitude, latitude (WGS 84).
        colour: `#rrggbb`, where the format holds one.
        metadata: of the file, where the format holds any.
    """

    name: str
    title: str
    geometry: str
    features: pa.RecordBatchReader
    colour: str = "#3366cc"
    metadata: Mapping[str, str] = field(default_factory=dict)


def write_layer(path: Path, format: FeatureFormat, layer: FeatureLayer) -> None:
    """Write a layer to a new file, or into the GeoPackage that is there; memory does not grow with its features."""
    if format == "GeoParquet":
        _write_parquet(path, layer)
        return
    if format == "GeoJSON":
        _write_geojson(path, layer)
        return
    features = layer.features
    if format in ("Shapefile", "KMZ"):
        features = _plain(features, short_names(features.schema.names) if format == "Shapefile" else {})
    features, failures = _watched(features)
    try:
        _write(path, format, layer, features)
    except Exception:
        if failures:  # GDAL says only that there was one
            raise failures[0] from None
        raise


def _write(path: Path, format: FeatureFormat, layer: FeatureLayer, features: pa.RecordBatchReader) -> None:
    pyogrio.raw.write_arrow(
        features,
        path,
        driver=_DRIVERS.get(format, format),
        layer=layer.name,
        geometry_name=GEOMETRY,
        geometry_type=layer.geometry,
        crs="EPSG:4326",
        append=path.exists(),
        dataset_metadata=dict(layer.metadata) if format == "GPKG" else None,
        layer_metadata={"TITLE": layer.title} if format == "GPKG" else None,
        **_LAYER_OPTIONS.get(format, {}),
    )


def _watched(features: pa.RecordBatchReader) -> tuple[pa.RecordBatchReader, list[BaseException]]:
    """Return the features, and a list that will hold what went wrong with reading them."""
    failures: list[BaseException] = []

    def batches() -> Iterator[pa.RecordBatch]:
        try:
            yield from features
        except BaseException as error:
            failures.append(error)
            raise

    return pa.RecordBatchReader.from_batches(features.schema, batches()), failures


def short_names(names: Iterable[str]) -> dict[str, str]:
    """Return names of at most ten characters, each once, as shapefiles have them."""
    found: dict[str, str] = {}
    for name in names:
        short, number = name[:SHORT_NAME], 1
        while short in found.values():
            number += 1
            short = f"{name[: SHORT_NAME - len(str(number)) - 1]}_{number}"
        found[name] = short
    return found


def _plain(features: pa.RecordBatchReader, names: Mapping[str, str]) -> pa.RecordBatchReader:
    """Return numbers and texts alone, without `tags`; shapefiles have other names and shorter texts."""
    kept = [f for f in features.schema if f.name != "tags"]
    types = [_plain_type(f.type) for f in kept]
    plain = pa.schema([pa.field(names.get(f.name, f.name), t) for f, t in zip(kept, types, strict=True)])
    plain = plain.set(len(kept) - 1, pa.field(GEOMETRY, pa.binary()))

    def batches() -> Iterator[pa.RecordBatch]:
        for batch in features:
            columns = [_cast(batch.column(f.name), t, bool(names)) for f, t in zip(kept, types, strict=True)]
            yield pa.RecordBatch.from_arrays(columns, schema=plain)

    return pa.RecordBatchReader.from_batches(plain, batches())


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_boolean(kind):
        return pa.int32()
    return pa.string() if pa.types.is_timestamp(kind) else kind


def _cast(column: pa.Array, kind: pa.DataType, short: bool) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column, "%Y-%m-%dT%H:%M:%SZ")
    if short and pa.types.is_string(kind):
        return pc.utf8_slice_codeunits(column, 0, SHORT_TEXT)
    return column.cast(kind)


def _write_geojson(path: Path, layer: FeatureLayer) -> None:
    """Write features in a sequence and put a collection around them: it tells whose they are, and takes less time."""
    sequence = path.with_suffix(".partial")
    write_layer(sequence, "GeoJSONSeq", layer)
    head = json.dumps({"type": "FeatureCollection", "name": layer.name, "title": layer.title, **layer.metadata})
    with sequence.open("rb") as source, path.open("wb") as target:
        target.write(head.removesuffix("}").encode() + b', "features": [\n')
        piece = source.read(_PIECE_BYTES)
        while piece:
            following = source.read(_PIECE_BYTES)
            target.write((piece if following else piece.rstrip(b"\n")).replace(b"\n", b",\n"))
            piece = following
        target.write(b"\n]}\n")
    sequence.unlink()


def _write_parquet(path: Path, layer: FeatureLayer) -> None:
    schema = layer.features.schema
    about = {
        "version": "1.1.0",
        "primary_column": GEOMETRY,
        "columns": {GEOMETRY: {"encoding": "WKB", "geometry_types": [layer.geometry]}},  # OGC:CRS84 where none is said
    }
    schema = schema.with_metadata({"geo": json.dumps(about), "title": layer.title, **layer.metadata})
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in layer.features:
            writer.write_batch(batch)


def pack_kmz(path: Path, layers: Sequence[tuple[Path, FeatureLayer]]) -> None:
    """Pack written KML files into one KMZ, linked from its `doc.kml`, in the colours of their layers.

    Placemarks are put right below the document whose schema they have: GDAL reads their fields only there.
    """
    links = "".join(
        f"<NetworkLink><name>{layer.name}</name><description>{escape(layer.title)}</description><Link><href>layers/{file.name}</href></Link>"
        "</NetworkLink>"
        for file, layer in layers
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        document = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{links}</Document></kml>'
        archive.writestr("doc.kml", f'<?xml version="1.0" encoding="UTF-8"?>\n{document}')
        for file, layer in layers:
            red, green, blue = (layer.colour[i : i + 2] for i in (1, 3, 5))
            line = f"<color>ff{blue}{green}{red}</color>".encode()
            fill = f"<color>59{blue}{green}{red}</color>".encode()
            with archive.open(f"layers/{file.name}", "w") as inside, file.open("rb") as source:
                while piece := source.read(_PIECE_BYTES) + source.readline():
                    coloured = piece.replace(_KML_LINE, line).replace(_KML_FILL, fill)
                    inside.write(coloured.replace(b"<Folder>", b"").replace(b"</Folder>", b""))


def pack_zip(path: Path, files: Iterable[Path]) -> None:
    """Pack files side by side into a zip."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for file in files:
            archive.write(file, file.name)
