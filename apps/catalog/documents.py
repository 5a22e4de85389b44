"""Rows as the API shows them."""

import json
from typing import TYPE_CHECKING, Any

from apps.catalog.models import AreaOfInterest, Asset, Result, Scene, Upload, VectorFile
from apps.catalog.pixels import class_raster, stack_behind
from apps.catalog.tile_tokens import make_token
from apps.catalog.uploads import received

if TYPE_CHECKING:
    from eo.sar.baseline import Baseline

RECORDS = ("item.json", "provenance.json", "README.md", "log.txt")


def scene_feature(scene: Scene, user: Any) -> dict[str, Any]:
    """Return a scene as a GeoJSON feature; where it lies on the server is not told."""
    return {
        "type": "Feature",
        "id": str(scene.id),
        "geometry": json.loads(scene.footprint.geojson),
        "properties": {
            "name": scene.name,
            "platform": scene.platform,
            "product_type": scene.product_type,
            "level": scene.level,
            "tile": scene.tile,
            "datetime": scene.datetime,
            "cloud_cover": scene.cloud_cover,
            "baseline": scene.baseline,
            "bands": scene.bands,
            "mode": scene.mode,
            "orbit_pass": scene.orbit_pass,
            "relative_orbit": scene.relative_orbit,
            "size_bytes": scene.size_bytes,
            "mine": scene.owner_id == user.pk,
            "thumbnail": f"/api/scenes/{scene.id}/thumbnail.png" if scene.thumbnail_path.is_file() else None,
        },
    }


def pair_document(scene: Scene, apart: "Baseline", user: Any) -> dict[str, Any]:
    """Return a scene that makes a pair with another: days after it, and the baseline."""
    return {
        "days": round(apart.days, 3),
        "perpendicular_m": round(apart.perpendicular_m, 1),
        "parallel_m": round(apart.parallel_m, 1),
        "scene": scene_feature(scene, user),
    }


def area_document(area: AreaOfInterest) -> dict[str, Any]:
    """Return a kept area."""
    return {
        "id": str(area.id),
        "name": area.name,
        "geometry": json.loads(area.geometry.geojson),
        "wkt": area.geometry.wkt,
        "bbox": list(area.geometry.extent),
        "area_km2": area.area_km2,
        "created": area.created,
    }


def vector_document(vector: VectorFile) -> dict[str, Any]:
    """Return a vector file."""
    facts = {"feature_count": vector.feature_count, "size_bytes": vector.size_bytes, "created": vector.created}
    return {"id": str(vector.id), "name": vector.name, **facts}


def upload_document(upload: Upload, chunk_bytes: int) -> dict[str, Any]:
    """Return how far an upload is, and what became of it."""
    return {
        "id": str(upload.id),
        "filename": upload.filename,
        "kind": upload.kind,
        "size": upload.size,
        "offset": received(upload),
        "chunk_bytes": chunk_bytes,
        "state": upload.state,
        "error": upload.error,
        "scene": upload.scene_id and str(upload.scene_id),
        "vector": upload.vector_id and str(upload.vector_id),
    }


def result_document(result: Result) -> dict[str, Any]:
    """Return a result with its assets, and where each is drawn from and downloaded."""
    base = f"/api/results/{result.id}"
    has_classes = class_raster(result.assets.all()) is not None
    return {
        **result_summary(result),
        "geometry": json.loads(result.geometry.geojson) if result.geometry else None,
        "assets": [asset_document(result, asset, base) for asset in result.assets.all()],
        "tables": result.item.get("properties", {}).get("groundwork:tables", []),
        "records": [{"name": name, "href": f"{base}/files/{name}"} for name in RECORDS],
        "archive": f"{base}/archive.zip",
        "item": f"{base}/item.json",
        "point": f"{base}/point" if has_classes else None,
        "series": f"{base}/series" if stack_behind(result) else None,
    }


def result_summary(result: Result) -> dict[str, Any]:
    """Return a result as a list shows it."""
    return {
        "id": str(result.id),
        "title": result.title,
        "service": result.service_id,
        "job": str(result.job_id) if result.job_id else None,
        "created": result.created,
        "bbox": list(result.geometry.extent) if result.geometry else None,
        "start": result.start,
        "end": result.end,
        "size_bytes": result.size_bytes,
    }


def asset_document(result: Result, asset: Asset, base: str) -> dict[str, Any]:
    """Return one file of a result."""
    return {
        "key": asset.key,
        "file": asset.file,
        "title": asset.title,
        "role": asset.role,
        "media_type": asset.media_type,
        "unit": asset.unit,
        "size_bytes": asset.size_bytes,
        "sha256": asset.sha256,
        "href": f"{base}/files/{asset.file}",
        "tiles": tile_addresses(result.folder, asset.file) if asset.file.endswith(".tif") else None,
        "style": asset.stac.get("groundwork:style", {}),
        "bands": asset.stac.get("bands", []),
        "classes": asset.stac.get("classification:classes"),
    }


def tile_addresses(folder: str, file: str) -> dict[str, str]:
    """Return the addresses that draw a raster; they carry a signed token that ends by itself."""
    base = f"/tiles/{make_token(folder, file)}"
    return {
        "template": f"{base}/tiles/WebMercatorQuad/{{z}}/{{x}}/{{y}}.png",
        "tilejson": f"{base}/WebMercatorQuad/tilejson.json?tilesize=256&tile_format=png",
        "point": f"{base}/point/{{lon}},{{lat}}",
        "statistics": f"{base}/statistics",
        "info": f"{base}/info",
    }
