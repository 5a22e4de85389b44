"""Bring changes into what was imported."""

import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.errors import PortalError
from apps.osm_vectors.updates import Update, apply_files, apply_replication, watch


class Command(BaseCommand):
    """Update from change files, a replication server, or a folder that change files are put into."""

    help = "Bring OpenStreetMap changes into what was imported with --updatable."

    def add_arguments(self, parser: CommandParser) -> None:
        """Ask where the changes are."""
        parser.add_argument("files", type=Path, nargs="*", help="change files (.osc, .osc.gz), oldest first")
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--replication", metavar="URL", help="replication server: the folder that holds state.txt")
        where.add_argument("--watch", type=Path, metavar="FOLDER", help="take every change file put there, for ever")

    def handle(self, *args: Any, files: list[Path], replication: str | None, watch: Path | None, **kw: Any) -> None:
        """Update, and tell how far it is."""
        if bool(files) + bool(replication) + bool(watch) != 1:
            raise CommandError("Name change files, or --replication URL, or --watch FOLDER.")
        self.began = time.monotonic()
        try:
            if watch:
                self._watch(watch)
            else:
                self._say(apply_replication(replication, self._tell) if replication else apply_files(files, self._tell))
        except PortalError as error:
            raise CommandError(f"{error.message} {error.hint}".strip()) from None

    def _watch(self, folder: Path) -> None:
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        for update in watch(folder, tell=self._tell):
            self._say(update)

    def _tell(self, text: str) -> None:
        self.stderr.write(f"  {time.monotonic() - self.began:6.1f} s  {text}")

    def _say(self, update: Update) -> None:
        moment = f"{update.timestamp:%Y-%m-%d %H:%M} UTC" if update.timestamp else "an unknown time"
        self.stdout.write(f"{update.objects} rows came or went, {update.tiles} tiles dropped; data as of {moment}.")
