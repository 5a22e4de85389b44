"""Optical imagery: arithmetic on arrays."""
