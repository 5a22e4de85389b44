"""Data that stand ready beside what a job is given: where they are is told by the environment, never by a client."""

import os
from collections.abc import Mapping

from services.core.errors import BadInput

VARIABLES: Mapping[str, str] = {"osm": "OSM_DATABASE_URL"}
"""The variable that leads to each: `osm` is the PostGIS database of OpenStreetMap's features, for a role that reads."""


def address_of(name: str) -> str:
    """Return where standing data are.

    Raises:
        BadInput: the environment does not say.
    """
    address = os.environ.get(VARIABLES[name], "")
    if not address:
        raise BadInput(
            f"Nothing says where the data {name!r} are.",
            hint=f"Set {VARIABLES[name]}, for example postgresql://groundwork_osm@db.example.org/groundwork",
        )
    return address
