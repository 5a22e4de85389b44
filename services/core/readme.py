"""The README of a result: what is in the archive, how it was made, how to cite it, how to open it."""

from collections.abc import Mapping
from typing import Any

from services.core.context import Context


def write_readme(
    context: Context, parameters: Mapping[str, Any], item: Mapping[str, Any], provenance: Mapping[str, Any]
) -> None:
    """Write `README.md` into the context's folder."""
    parts = [
        _head(context),
        _files(item),
        _parameters(context, parameters),
        _inputs(provenance),
        _tail(context, provenance),
    ]
    (context.folder / "README.md").write_text("\n\n".join(p for p in parts if p) + "\n")


def _head(context: Context) -> str:
    service = context.service
    when = f"Acquired {context.start:%Y-%m-%d %H:%M} UTC" if context.start else ""
    if context.start and context.end and context.end != context.start:
        when += f" and {context.end:%Y-%m-%d %H:%M} UTC"
    return f"# {service.title}\n\n{service.summary}\n\n{when}".strip()


def _files(item: Mapping[str, Any]) -> str:
    rows = ["| file | what it is | unit | scale | offset | nodata |", "|---|---|---|---|---|---|"]
    for asset in item["assets"].values():
        band = (asset.get("bands") or [{}])[0]
        unit = band.get("unit") or asset.get("groundwork:unit", "")
        storage = [band.get(key, "") for key in ("raster:scale", "raster:offset", "nodata")]
        cells = [f"`{asset['href'].removeprefix('./')}`", asset["title"], unit, *storage]
        rows.append(f"| {' | '.join(str(c) for c in cells)} |")
    rows += [
        "| `item.json` | STAC item: grid, bands, checksums | | | | |",
        "| `provenance.json` | parameters, inputs, software | | | | |",
    ]
    note = "Value = stored number × scale + offset, where a scale is given."
    return "## What is in here\n\n" + "\n".join(rows) + f"\n\n{note}\n\n{_bands(item)}".rstrip()


def _bands(item: Mapping[str, Any]) -> str:
    lines = []
    for asset in item["assets"].values():
        names = [b.get("name", "") for b in asset.get("bands", [])]
        if len(names) > 1:
            lines.append(f"Bands of `{asset['href'].removeprefix('./')}`, in order: {', '.join(names)}.")
        classes = asset.get("classification:classes") or []
        if classes:
            legend = ", ".join(f"{c['value']} {c.get('title') or c.get('name')}" for c in classes)
            lines.append(f"Classes of `{asset['href'].removeprefix('./')}`: {legend}.")
    return "\n\n".join(lines)


def _parameters(context: Context, parameters: Mapping[str, Any]) -> str:
    lines = [f"Service `{context.service.id}` {context.service.version} (command `{context.service.command}`):", ""]
    for name, value in parameters.items():
        unit = context.service.property_schema(name).get("x-unit")
        lines.append(f"- `{name}`: {value}{f' {unit}' if unit and unit != '1' and value is not None else ''}")
    return "## How it was made\n\n" + "\n".join(lines)


def _inputs(provenance: Mapping[str, Any]) -> str:
    lines = [f"- {i['product']} (sha-256 of its metadata: `{i['sha256']}`)" for i in provenance["inputs"]]
    return "## Inputs\n\n" + "\n".join(lines) if lines else ""


def _tail(context: Context, provenance: Mapping[str, Any]) -> str:
    service = context.service
    software = ", ".join(f"{k} {v}" for k, v in provenance["software"].items())
    sources = "\n".join(f"- {s}" for s in service.sources)
    limits = "\n".join(f"- {s}" for s in service.limitations)
    parts = [
        f"## Method\n\n{sources}" if sources else "",
        f"## Limits\n\n{limits}" if limits else "",
        f"## Citation\n\n{service.citation}" if service.citation else "",
        f"## Licence\n\n{service.licence}" if service.licence else "",
        f"## Software\n\n{software}",
    ]
    return "\n\n".join(p for p in parts if p)
