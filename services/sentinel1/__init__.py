"""What the Sentinel-1 services share: parameters, the ground, the way from an image to a map. No service itself."""
