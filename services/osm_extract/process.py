"""Read the tables and write the files, with what must go along with them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from eo.errors import NoFeatures
from eo.io.feature_files import EXTENSIONS, FeatureLayer, pack_kmz, pack_zip, write_layer
from eo.io.osm_store import Facts, OsmStore, open_store
from eo.vector.osm_extract import FeatureTable
from eo.vector.osm_rules import ATTRIBUTION, ATTRIBUTION_URL, LICENCE
from eo.vector.qgis_project import ProjectLayer, qgis_project
from services.core.context import Context, sha256_of
from services.osm_extract import ExtractParams
from services.osm_extract.companions import dictionary, licence_text
from services.osm_extract.plan import Plan, plan

PACKED = {"Shapefile": ".zip", "KMZ": ".kmz"}


@dataclass(frozen=True)
class Written:
    """A layer that was written: its file, and how many features it has."""

    table: FeatureTable
    layer: FeatureLayer
    file: Path
    rows: int


def run(params: ExtractParams, context: Context) -> None:
    """Write an extract.

    Raises:
        EoError: the database cannot be reached, the country is not known, or there is nothing to write.
    """
    with open_store(context.standing("osm")) as store:
        facts = store.facts()
        context.progress(0.01, "counting")
        made = plan(params, store)
        written = _write_tables(params, context, store, made, facts)
    _hand_over(params, context, written)
    _companions(params, context, written, facts)
    _describe(context, made, written, facts)


def _write_tables(params: ExtractParams, context: Context, store: OsmStore, made: Plan, facts: Facts) -> list[Written]:
    counts = {table.name: store.count(table) for table in made.tables}
    total = sum(counts.values())
    if not total:
        raise NoFeatures(
            "Nothing of these layers lies in the area.", hint="Draw a larger one, or choose further layers."
        )
    folder = context.scratch("layers") if params.output_format in PACKED else context.folder
    folder.mkdir(exist_ok=True)
    written: list[Written] = []
    done = 0
    for table in (t for t in made.tables if counts[t.name]):
        source = _counted(store.read(table), context, table, done, total)
        layer = FeatureLayer(table.name, table.title, table.geometry, source, table.colour, _metadata(facts))
        file = folder / _file_name(params, context, table)
        write_layer(file, params.output_format, layer)
        written.append(Written(table, layer, file, counts[table.name]))
        done += counts[table.name]
    return written


def _file_name(params: ExtractParams, context: Context, table: FeatureTable) -> str:
    if params.output_format == "GPKG":
        return context.target("features", ".gpkg").name
    if params.output_format in PACKED:
        return f"{table.name}{EXTENSIONS[params.output_format]}"
    return context.target(f"features_{table.name}", EXTENSIONS[params.output_format]).name


def _counted(
    source: pa.RecordBatchReader, context: Context, table: FeatureTable, before: int, total: int
) -> pa.RecordBatchReader:
    """Tell how far it is whenever a batch is taken."""

    def batches() -> Iterator[pa.RecordBatch]:
        done = before
        for batch in source:
            yield batch
            done += len(batch)
            context.progress(0.02 + 0.9 * done / total, f"writing {table.title.lower()}")

    return pa.RecordBatchReader.from_batches(source.schema, batches())


def _metadata(facts: Facts) -> dict[str, str]:
    told = facts.data_timestamp.isoformat() if facts.data_timestamp else "unknown"
    return {
        "attribution": f"{ATTRIBUTION}, {ATTRIBUTION_URL}",
        "licence": LICENCE,
        "data_timestamp": told,
        "source": facts.source,
        "rules_version": facts.rules_version,
    }


def _hand_over(params: ExtractParams, context: Context, written: Sequence[Written]) -> None:
    """Pack what is packed, and name every file as an output."""
    if params.output_format == "KMZ":
        context.progress(0.93, "packing")
        pack_kmz(context.target("features", ".kmz"), [(w.file, w.layer) for w in written])
    elif params.output_format == "Shapefile":
        context.progress(0.93, "packing")
        _write_project(params, written, written[0].file.parent)
        pack_zip(context.target("features", ".zip"), sorted(written[0].file.parent.iterdir()))
    if params.output_format in ("GPKG", *PACKED):
        extension = PACKED.get(params.output_format, ".gpkg")
        context.add("features", context.target("features", extension), properties=_counts(written))
        return
    for one in written:
        title = f"{one.table.title} ({one.table.name}), {one.rows:,} features"
        context.add(f"features_{one.table.name}", one.file, title=title, properties=_counts([one]))


def _counts(written: Sequence[Written]) -> dict[str, object]:
    return {"groundwork:features": {w.table.name: w.rows for w in written}}


def _companions(params: ExtractParams, context: Context, written: Sequence[Written], facts: Facts) -> None:
    if params.output_format not in PACKED:
        context.add("project", _write_project(params, written, context.folder))
    meanings = context.target("dictionary", ".csv")
    meanings.write_text(dictionary([w.table for w in written], short=params.output_format == "Shapefile"))
    context.add("dictionary", meanings)
    terms = context.target("licence", ".txt")
    terms.write_text(licence_text(_metadata(facts)), encoding="utf-8")
    context.add("licence", terms)
    sums = context.target("checksums", ".sha256")
    files = sorted(asset.path for asset in context.assets.values())
    sums.write_text("".join(f"{sha256_of(path)}  {path.name}\n" for path in files))
    context.add("checksums", sums)


def _write_project(params: ExtractParams, written: Sequence[Written], folder: Path) -> Path:
    layers = [
        ProjectLayer(
            name=f"{w.table.title} ({w.table.name})",
            source=f"./{w.file.name}{f'|layername={w.table.name}' if params.output_format == 'GPKG' else ''}",
            geometry=w.table.geometry,
            colour=w.table.colour,
            classes=w.table.classes,
        )
        for w in written
    ]
    path = folder / "project.qgs"
    path.write_text(qgis_project("Human features from OpenStreetMap", layers), encoding="utf-8")
    return path


def _describe(context: Context, made: Plan, written: Sequence[Written], facts: Facts) -> None:
    """Say in the record what was read, and how much of what was written."""
    about = _metadata(facts)
    context.read("osm", _identity(facts), json.dumps(about, sort_keys=True).encode(), **about)
    context.covers(made.place)
    if facts.data_timestamp:
        context.acquired(facts.data_timestamp)
    context.properties["groundwork:tables"] = [
        {"name": w.table.name, "title": w.table.title, "geometry": w.table.geometry, "features": w.rows}
        for w in written
    ]


def _identity(facts: Facts) -> str:
    return f"{facts.source}, rules {facts.rules_version}, by {facts.importer}"
