"""The registry of trained networks: an index over packages on disk, each with its card."""
