"""Speckle filters: intensity in, intensity out."""
