"""A tile by its address alone, outside of Django's requests: who asks was let in before."""

import re
from urllib.parse import parse_qs

import psycopg
from django.db import OperationalError

from apps.errors import PortalError
from apps.osm_vectors.served import served_lately
from apps.osm_vectors.tiles import check_tile, selection_of, tile_answer

_PATH = re.compile(r"/api/osm/tiles/(\d{1,2})/(\d{1,9})/(\d{1,9})\.mvt")


def made_tile(path: str, query: str) -> tuple[dict[str, str], bytes] | None:
    """Return headers and body of a tile; None for what is wrong with it, and for when nothing is served."""
    found = _PATH.fullmatch(path)
    if not found:
        return None
    z, x, y = (int(part) for part in found.groups())
    asked = parse_qs(query)
    try:
        dataset = served_lately()
        check_tile(z, x, y)
        selection = selection_of(*(asked.get(name, [""])[-1] for name in ("layers", "classes")))
        return tile_answer(dataset, selection, z, x, y) if dataset else None
    except (PortalError, OperationalError, psycopg.OperationalError):  # Django has the words for it
        return None
