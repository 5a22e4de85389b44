"""Imports into the test database."""

from pathlib import Path

import pytest
from osm_schema import empty

__all__ = ["empty"]


@pytest.fixture(scope="session")
def landscape_osm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extract of the small demo world: one object of every kind among others."""
    from demo.landscape import make_landscape
    from demo.osm import make_osm

    return make_osm(tmp_path_factory.mktemp("osm") / "landscape.osm.pbf", make_landscape(1, "small"))
