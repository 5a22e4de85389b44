"""Time series of pixels: regular periods, composites, gaps. Arrays in and arrays out."""
