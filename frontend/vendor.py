"""Fetch the pinned browser libraries into `static/vendor` and write down what they are: `python frontend/vendor.py`.

Run by hand when a version changes; the portal and its tests only read what is committed.
"""

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

VENDOR = Path(__file__).parent / "static" / "vendor"
SPRITE = "lucide/sprite.svg"
PACKAGES = {
    "@geoman-io/leaflet-geoman-free@2.20.2": {
        "dist/leaflet-geoman.min.js": "leaflet-geoman/leaflet-geoman.min.js",
        "dist/leaflet-geoman.css": "leaflet-geoman/leaflet-geoman.css",
        "LICENSE": "leaflet-geoman/LICENSE",
    },
    "leaflet-side-by-side@2.2.0": {
        "index.js": "leaflet-side-by-side/index.js",
        "layout.css": "leaflet-side-by-side/layout.css",
        "range.css": "leaflet-side-by-side/range.css",
        "range-icon.png": "leaflet-side-by-side/range-icon.png",
        "LICENSE": "leaflet-side-by-side/LICENSE",
    },
    "leaflet-vector-tile-layer@0.15.0": {
        "dist/VectorTileLayer.umd.min.js": "leaflet-vector-tile-layer/VectorTileLayer.umd.min.js",
        "LICENCE": "leaflet-vector-tile-layer/LICENCE",
    },
    "maplibre-gl@5.24.1": {
        "dist/maplibre-gl-csp.js": "maplibre-gl/maplibre-gl-csp.js",
        "dist/maplibre-gl-csp-worker.js": "maplibre-gl/maplibre-gl-csp-worker.js",
        "dist/maplibre-gl.css": "maplibre-gl/maplibre-gl.css",
        "LICENSE.txt": "maplibre-gl/LICENSE.txt",
    },
    "@maplibre/maplibre-gl-leaflet@0.1.4": {
        "leaflet-maplibre-gl.js": "maplibre-gl-leaflet/leaflet-maplibre-gl.js",
        "LICENSE": "maplibre-gl-leaflet/LICENSE",
    },
    "topojson-client@3.1.0": {
        "dist/topojson-client.min.js": "topojson-client/topojson-client.min.js",
        "LICENSE": "topojson-client/LICENSE",
    },
    "world-atlas@2.0.2": {
        "countries-50m.json": "world-atlas/countries-50m.json",
        "LICENSE": "world-atlas/LICENSE",
    },
    "uplot@1.6.32": {
        "dist/uPlot.esm.js": "uplot/uPlot.esm.js",
        "dist/uPlot.min.css": "uplot/uPlot.min.css",
        "LICENSE": "uplot/LICENSE",
    },
    "lucide-static@1.62.0": {"LICENSE": "lucide/LICENSE"},
}
ICONS_FROM = "lucide-static@1.62.0"
ICONS = (Path(__file__).parent / "icons.txt").read_text().split()


def main() -> None:
    """Fetch every package, copy what is used, build the icon sprite, write the manifest."""
    manifest: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for package, files in PACKAGES.items():
            root = _unpack(package, Path(folder))
            licence = json.loads((root / "package.json").read_text())["license"]
            for source, target in files.items():
                _write(VENDOR / target, (root / source).read_bytes())
                manifest.append(_entry(target, package, source, licence))
            if package == ICONS_FROM:
                _write(VENDOR / SPRITE, _sprite(root / "icons").encode())
                manifest.append(_entry(SPRITE, package, "icons/*.svg", licence))
    (VENDOR / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def _unpack(package: str, folder: Path) -> Path:
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), package]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    target = folder / Path(name).stem
    with tarfile.open(folder / name) as archive:
        archive.extractall(target, filter="data")
    return target / "package"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _entry(target: str, package: str, source: str, licence: str) -> dict[str, str]:
    digest = hashlib.sha256((VENDOR / target).read_bytes()).hexdigest()
    return {"file": target, "package": package, "source": source, "licence": licence, "sha256": digest}


def _sprite(icons: Path) -> str:
    """Return one SVG with a symbol per icon; strokes take the text's colour and are set in the stylesheet."""
    symbols = []
    for name in sorted(ICONS):
        inner = re.search(r"<svg[^>]*>(.*)</svg>", (icons / f"{name}.svg").read_text(), re.DOTALL)
        if inner is None:
            raise ValueError(f"{name}.svg is not an icon")
        body = re.sub(r"\s+", " ", inner.group(1)).strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


if __name__ == "__main__":
    main()
