"""What there is: scenes, areas of interest, vector files, results."""
