"""What the OpenStreetMap part refuses; `portal.errors` gives each its HTTP status."""

from apps.errors import PortalError


class InvalidExtract(PortalError):
    """A file that is no extract of OpenStreetMap, or breaks off (422)."""

    code = "invalid_extract"


class ImportRefused(PortalError):
    """An import whose result must not take the place of what is served (409)."""

    code = "import_refused"


class ImportRunning(PortalError):
    """Another import or update is at work (409)."""

    code = "import_running"


class ImportFailed(PortalError):
    """The importer ended with an error (500)."""

    code = "import_failed"


class NoData(PortalError):
    """Nothing has been imported yet (404)."""

    code = "no_osm_data"


class UnknownLayer(PortalError):
    """A layer, class or column that does not exist (422)."""

    code = "unknown_layer"


class TileOutOfRange(PortalError):
    """A tile that no zoom has (404)."""

    code = "tile_out_of_range"


class AreaTooLarge(PortalError):
    """An area beyond what one request may ask for (422)."""

    code = "area_too_large"
