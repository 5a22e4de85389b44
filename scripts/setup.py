"""What `make run` and `make test` do first: system packages, virtual environment, secret key, database."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from scripts import system_packages, virtual_environment
from scripts.database_cluster import private_cluster
from scripts.places import var_dir
from scripts.secret_key import keep_secret_key
from scripts.timings import Timings


@contextmanager
def ready(timings: Timings, *, development: bool = False) -> Iterator[dict[str, str]]:
    """Yield the environment for the portal's processes; stop at the end what was started here."""
    virtual_environment.check_python()
    own_database = not os.environ.get("DATABASE_URL")
    missing = system_packages.missing(system_packages.needed(own_database, development))
    if missing:
        with timings.step(f"System packages ({', '.join(missing)})", ours=False):
            system_packages.install(missing)
    with timings.step("Virtual environment and pinned packages", ours=False):
        virtual_environment.install(development)
    var = var_dir()
    keep_secret_key(var / "secret_key")
    environment = {**os.environ, "VAR_DIR": str(var), "DJANGO_SETTINGS_MODULE": "portal.settings"}
    if not own_database:
        yield environment
        return
    cluster = private_cluster(var)
    was_running = cluster.running()
    with timings.step("Database"):
        cluster.start()
    try:
        yield {**environment, "DATABASE_URL": cluster.url}
    finally:
        if not was_running:
            cluster.stop()
