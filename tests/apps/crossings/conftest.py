"""What is served is cleared between tests, as for the features themselves."""

from osm_schema import empty

__all__ = ["empty"]
