"""Synthetic aperture radar: arithmetic on arrays."""
