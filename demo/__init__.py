"""The demo world: one scripted landscape, seen by made satellite products, with its truth."""
