"""Bring the portal's database and files up to date, in one Django process: python -m scripts.prepare DEMO_WORLD.

The secret of a token for the first job goes to the file descriptor of standard output's last line.
"""

import sys
from pathlib import Path

import django


def main(world: str) -> None:
    """Migrate, collect static files, make accounts, index scenes and models, print a token for the first job."""
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("create_accounts", stdout=sys.stderr)
    call_command("index_scenes", world, stdout=sys.stderr)
    call_command("index_models", shipped_only=True, stdout=sys.stderr)
    prepare_osm(Path(world) / "osm" / "landscape.osm.pbf")
    call_command("create_token", "demo@groundwork.localhost", name="make run", scopes="read,submit", days=1)


def prepare_osm(extract: Path) -> None:
    """Serve the demo world's OpenStreetMap where nothing else is served."""
    from django.core.management import call_command

    from apps.osm_vectors.queries import live_dataset

    if extract.is_file() and live_dataset() is None:
        call_command("osm_import", str(extract), updatable=False, importer="auto", force=False, stdout=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
