"""OGC API – Features and Tiles over the tables of OpenStreetMap: tipg, behind the portal's own door."""
