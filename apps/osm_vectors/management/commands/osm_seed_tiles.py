"""Make the tiles of low zooms before anybody asks for them."""

import time
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.errors import PortalError
from apps.osm_vectors.queries import require_dataset
from apps.osm_vectors.seed import seed
from apps.osm_vectors.tiles import selection_of
from eo.vector.osm_tiles import LAST_TILE_ZOOM

TOLD_EVERY_S = 2.0


def zoom(text: str) -> int:
    """Return a zoom that tiles have."""
    if not text.isdigit() or int(text) > LAST_TILE_ZOOM:
        raise ArgumentTypeError(f"{text} is no zoom from 0 to {LAST_TILE_ZOOM}")
    return int(text)


class Command(BaseCommand):
    """Seed the cache of tiles."""

    help = "Make the tiles of low zooms over what is served, all layers or some in one tile."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask how far down."""
        parser.add_argument("--to-zoom", type=zoom, default=10, help="the last zoom that is seeded (10)")
        parser.add_argument("--layers", default="", help="layers of a tile, with commas between; without it all")

    def handle(self, *args: Any, to_zoom: int, layers: str, **options: Any) -> None:
        """Seed, and tell how far it is."""
        told = began = time.monotonic()
        made = total = 0
        try:
            for made, total in seed(require_dataset(), selection_of(layers, ""), to_zoom):
                if time.monotonic() - told > TOLD_EVERY_S:
                    told = time.monotonic()
                    self.stdout.write(f"{made} of {total} tiles")
        except PortalError as error:
            raise CommandError(f"{error.message} {error.hint}".strip()) from None
        self.stdout.write(f"{made} of {total} tiles to zoom {to_zoom} in {time.monotonic() - began:.1f} s.")
