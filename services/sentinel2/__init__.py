"""What the Sentinel-2 services declare alike. No service itself."""
