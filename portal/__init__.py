"""Settings, URLs and the one origin: Django and TiTiler side by side."""
