"""Ours against peers, in one run."""
