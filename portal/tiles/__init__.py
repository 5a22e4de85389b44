"""Map tiles of result rasters: one signed token names one file; nothing a client writes is ever opened."""
