"""Delete scenes, vector files and results together with their files. Mounted archives are never touched."""

import shutil
from pathlib import Path

from django.conf import settings
from django.db import transaction

from apps.catalog.models import Result, Scene, VectorFile


def delete_scene(scene: Scene) -> None:
    """Delete a scene; its files only where they were uploaded."""
    path, thumbnail = Path(scene.path), scene.thumbnail_path
    scene.delete()
    transaction.on_commit(lambda: _remove_upload(path, thumbnail))


def delete_vector(vector: VectorFile) -> None:
    """Delete a vector file."""
    path = Path(vector.path)
    vector.delete()
    transaction.on_commit(lambda: _remove_upload(path))


def delete_result(result: Result) -> None:
    """Delete a result and its folder."""
    folder = result.path
    result.delete()
    transaction.on_commit(lambda: shutil.rmtree(folder, ignore_errors=True))


def _remove_upload(*paths: Path) -> None:
    own = (Path(settings.UPLOADS_ROOT), Path(settings.CACHE_ROOT))
    for path in paths:
        if any(path.is_relative_to(root) for root in own):
            path.unlink(missing_ok=True)
            if path.parent.name != "thumbnails" and not any(path.parent.iterdir()):
                path.parent.rmdir()
