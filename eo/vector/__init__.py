"""Vector features: polygons out of rasters, and files of them."""
