"""The portal's Django apps: accounts, catalog, jobs."""
