"""Import a file of OpenStreetMap."""

import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.errors import PortalError
from apps.osm_vectors.imports import import_file


class Command(BaseCommand):
    """Fill the tables of human features from a file; what is served stays until all is done."""

    help = "Import a file of OpenStreetMap (.osm.pbf, .osm, .osm.gz, .osm.bz2) and serve it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask what and how."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--updatable", action="store_true", help="keep what osm_update needs (three times the disk)"
        )
        parser.add_argument(
            "--importer", choices=("auto", "osm2pgsql", "libosmium"), default="auto", help="(default: %(default)s)"
        )
        parser.add_argument("--force", action="store_true", help="serve it even if layers have far fewer rows than now")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, and tell how far it is."""
        began = time.monotonic()
        try:
            dataset = import_file(
                options["file"],
                updatable=options["updatable"],
                importer=options["importer"],
                force=options["force"],
                tell=lambda text: self.stderr.write(f"  {time.monotonic() - began:6.1f} s  {text}"),
            )
        except PortalError as error:
            raise CommandError(f"{error.message} {error.hint}".strip()) from None
        rows = sum(dataset.counts.values())
        self.stdout.write(
            f"{rows} rows in {len([c for c in dataset.counts.values() if c])} tables from {dataset.source}, "
            f"data as of {dataset.data_timestamp:%Y-%m-%d %H:%M} UTC, by {dataset.importer}; "
            f"{dataset.invalid} invalid geometries left out; {time.monotonic() - began:.1f} s."
            if dataset.data_timestamp
            else f"{rows} rows from {dataset.source}; the file does not say of when it is."
        )
        sys.stdout.flush()
