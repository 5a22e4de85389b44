"""What lies beside the data of a result: `item.json` (STAC), `provenance.json`, `README.md`."""

import json
import platform
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from services.core.context import Asset, Context
from services.core.readme import write_readme
from services.core.service import Params

SOFTWARE = (
    "groundwork",
    "numpy",
    "numba",
    "scipy",
    "rasterio",
    "pyproj",
    "shapely",
    "pyogrio",
    "xarray",
    "zarr",
    "torch",
)


def write_record(context: Context, params: Params, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Write the three files into the context's folder and return the STAC item.

    Args:
        identity: what the caller knows of the run: `job`, and `inputs` {parameter: {id, name}} (of a list of products
            [{id, name}, …]) whose ids stand in the record in place of the paths behind them.
    """
    parameters = _public(params, identity)
    item = _item(context, identity)
    provenance = _provenance(context, parameters, identity, item)
    _dump(context, "provenance.json", provenance)
    write_readme(context, parameters, item, provenance)
    _dump(context, "item.json", item)
    return item


def software_versions() -> dict[str, str]:
    """Return the versions of what the result depends on, GDAL and Python among them."""
    import rasterio

    found = {"python": platform.python_version(), "gdal": rasterio.__gdal_version__}
    for name in SOFTWARE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _item(context: Context, identity: Mapping[str, Any]) -> dict[str, Any]:
    import shapely

    declared = [output.name for output in context.service.outputs]  # the first one is what the map shows first
    written = sorted(context.assets.items(), key=lambda pair: declared.index(_declaration(context, pair[0])))
    assets = {name: _asset(context, asset) for name, asset in written}
    geometry = _geometry(context)
    properties: dict[str, Any] = {
        **_times(context),
        "created": _now(),
        "title": context.service.title,
        "groundwork:service": context.service.id,
        "groundwork:version": context.service.version,
        **context.properties,
    }
    item: dict[str, Any] = {
        "type": "Feature",
        "stac_version": "1.1.0",
        "stac_extensions": _extensions({**properties, **assets}),
        "id": str(identity.get("job") or uuid.uuid4()),
        "geometry": None,
        "properties": properties,
        "links": [],
        "assets": assets,
    }
    if geometry is not None:
        item["geometry"] = json.loads(shapely.to_geojson(geometry))
        item["bbox"] = list(geometry.bounds)
    return item


def _asset(context: Context, asset: Asset) -> dict[str, Any]:
    from eo.io import stac

    facts: dict[str, Any] = stac.raster_facts(asset.path) if asset.path.suffix == ".tif" else {}
    own = {k: v for k, v in asset.properties.items() if not k.startswith("groundwork:style")}
    measured = facts.pop("bands", [])
    given = list(asset.bands) or [{} for _ in measured]
    bands = [{**m, **g} for m, g in zip(measured, given, strict=True)] if measured else given
    return {
        "href": f"./{asset.path.name}",
        "title": asset.title,
        "roles": [asset.role],
        **stac.file_facts(asset.path),
        **facts,
        **({"bands": bands} if bands else {}),
        **own,
        "groundwork:style": dict(
            asset.properties.get("groundwork:style") or context.service.output(asset.name).style  # type: ignore[union-attr]
        ),
        **({"groundwork:unit": asset.unit} if asset.unit else {}),
    }


def _declaration(context: Context, name: str) -> str:
    output = context.service.output(name)
    return output.name if output else context.service.outputs[-1].name


def _geometry(context: Context) -> Any:
    """Return the union of the rasters' outlines, else what the service said it covers."""
    import shapely

    from eo.io import stac

    outlines = [stac.footprint(a.path) for a in context.assets.values() if a.path.suffix == ".tif"]
    return shapely.union_all(outlines) if outlines else context.footprint


def _extensions(members: Mapping[str, Any]) -> list[str]:
    """Return the schemas of the extensions whose members are used."""
    from eo.io import stac

    text = json.dumps(members)
    prefixes = {
        '"proj:': stac.PROJECTION,
        '"raster:': stac.RASTER,
        '"file:': stac.FILE,
        '"eo:': stac.EO,
        '"sar:': stac.SAR,
        '"sat:': stac.SAT,
        '"classification:': stac.CLASSIFICATION,
    }
    return [schema for prefix, schema in prefixes.items() if prefix in text]


def _times(context: Context) -> dict[str, Any]:
    if context.start is None:
        return {"datetime": _now()}
    if context.end is None or context.end == context.start:
        return {"datetime": _iso(context.start)}
    return {"datetime": None, "start_datetime": _iso(context.start), "end_datetime": _iso(context.end)}


def _provenance(
    context: Context, parameters: Mapping[str, Any], identity: Mapping[str, Any], item: Mapping[str, Any]
) -> dict[str, Any]:
    service = context.service
    return {
        "service": {"id": service.id, "version": service.version, "title": service.title, "command": service.command},
        "job": identity.get("job"),
        "parameters": dict(parameters),
        "inputs": [_input(i.parameter, i.identifier, i.sha256, i.properties, identity) for i in context.inputs],
        "outputs": [
            {"file": a["href"].removeprefix("./"), "size": a["file:size"], "sha256": a["file:checksum"][4:]}
            for a in item["assets"].values()
        ],
        "software": software_versions(),
        "sources": list(service.sources),
        "started": _iso(context.started),
        "finished": _now(),
        "threads": context.threads,
    }


def _input(
    parameter: str, identifier: str, sha256: str, properties: Mapping[str, Any], identity: Mapping[str, Any]
) -> dict[str, Any]:
    known = _named(identity.get("inputs", {}).get(parameter, {}), identifier)
    return {"parameter": parameter, "id": known.get("id"), "product": identifier, "sha256": sha256, **properties}


def _named(known: Any, identifier: str) -> Mapping[str, Any]:
    """Return what is known of one product: of a list, of the one that bears its name."""
    if isinstance(known, list):
        return next((one for one in known if one.get("name") == identifier), {})
    return dict(known)


def _public(params: Params, identity: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with the ids that the caller gave in place of the paths behind them."""
    values: dict[str, Any] = params.model_dump(mode="json")
    for name, known in identity.get("inputs", {}).items():
        if name in values:
            values[name] = [one["id"] for one in known] if isinstance(known, list) else known.get("id", values[name])
    return values


def _dump(context: Context, name: str, document: Mapping[str, Any]) -> None:
    (context.folder / name).write_text(json.dumps(document, indent=2, allow_nan=False) + "\n")


def _now() -> str:
    return _iso(datetime.now(UTC))


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
