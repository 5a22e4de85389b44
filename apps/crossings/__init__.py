"""Results and human features together: which objects a change touches."""
