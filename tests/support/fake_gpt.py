"""A stand-in for SNAP's gpt: it takes the same arguments, and behaves as FAKE_GPT asks. Standard library only.

`install` puts it behind a shell script that waits for it, as SNAP's launcher does for Java.
"""

import os
import signal
import struct
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

WIDTH, HEIGHT = 40, 30
DIAG = "SNAP Release version {version}\nSNAP home: /opt/snap/bin//..\nJava version: 21.0.5\nMax memory: 8.0 GB\n"
BAND = """  <Spectral_Band_Info><BAND_INDEX>{index}</BAND_INDEX><BAND_NAME>{name}</BAND_NAME>
   <DATA_TYPE>float32</DATA_TYPE><SCALING_FACTOR>1.0</SCALING_FACTOR>
   <NO_DATA_VALUE_USED>true</NO_DATA_VALUE_USED><NO_DATA_VALUE>0.0</NO_DATA_VALUE></Spectral_Band_Info>"""
FILE = """  <Data_File><DATA_FILE_PATH href="{stem}.data/{name}.hdr" /><BAND_INDEX>{index}</BAND_INDEX></Data_File>"""
DIMAP = """<?xml version="1.0" encoding="ISO-8859-1"?>
<Dimap_Document name="{stem}.dim">
 <Coordinate_Reference_System><WKT>
  PROJCS["WGS 84 / UTM zone 33N", GEOGCS["WGS 84", DATUM["World Geodetic System 1984",
   SPHEROID["WGS 84", 6378137.0, 298.257223563, AUTHORITY["EPSG","7030"]], AUTHORITY["EPSG","6326"]],
   PRIMEM["Greenwich", 0.0, AUTHORITY["EPSG","8901"]], UNIT["degree", 0.017453292519943295],
   AXIS["Geodetic longitude", EAST], AXIS["Geodetic latitude", NORTH], AUTHORITY["EPSG","4326"]],
   PROJECTION["Transverse_Mercator", AUTHORITY["EPSG","9807"]], PARAMETER["central_meridian", 15.0],
   PARAMETER["latitude_of_origin", 0.0], PARAMETER["scale_factor", 0.9996], PARAMETER["false_easting", 500000.0],
   PARAMETER["false_northing", 0.0], UNIT["m", 1.0], AXIS["Easting", EAST], AXIS["Northing", NORTH],
   AUTHORITY["EPSG","32633"]]
 </WKT></Coordinate_Reference_System>
 <Geoposition><IMAGE_TO_MODEL_TRANSFORM>10.0,0.0,0.0,-10.0,500000.0,5000000.0</IMAGE_TO_MODEL_TRANSFORM></Geoposition>
 <Raster_Dimensions><NCOLS>{width}</NCOLS><NROWS>{height}</NROWS><NBANDS>{count}</NBANDS></Raster_Dimensions>
 <Data_Access>
{files}
 </Data_Access>
 <Image_Interpretation>
{bands}
 </Image_Interpretation>
</Dimap_Document>
"""
HDR = """ENVI
samples = {width}
lines = {height}
bands = 1
header offset = 0
file type = ENVI Standard
data type = 4
interleave = bsq
byte order = 1
map info = {{UTM, 1.0, 1.0, 500000.0, 5000000.0, 10.0, 10.0, 33, North, WGS84, units=Meters}}
"""


def install(folder: Path) -> Path:
    """Return the path of a gpt that can be called."""
    gpt = folder / "gpt"
    gpt.write_text(f'#!/bin/sh\n"{sys.executable}" -S -E "{__file__}" "$@"\nexit $?\n')
    gpt.chmod(0o755)
    return gpt


def write_product(path: Path, bands: dict[str, list[float]]) -> None:
    """Write BEAM-DIMAP of WIDTH × HEIGHT pixels; an empty list leaves the image out."""
    data = path.with_suffix(".data")
    data.mkdir(parents=True, exist_ok=True)
    for name, values in bands.items():
        (data / f"{name}.hdr").write_text(HDR.format(width=WIDTH, height=HEIGHT))
        if values:
            (data / f"{name}.img").write_bytes(struct.pack(f">{len(values)}f", *values))
    named = list(enumerate(bands))
    files = "\n".join(FILE.format(stem=path.stem, name=name, index=index) for index, name in named)
    infos = "\n".join(BAND.format(name=name, index=index) for index, name in named)
    text = DIMAP.format(stem=path.stem, width=WIDTH, height=HEIGHT, count=len(bands), files=files, bands=infos)
    path.write_text(text)


def ramp() -> list[float]:
    """Pixel (row, column) is 1 + column + row / 100; the first one is no data."""
    return [0.0, *(1 + i % WIDTH + (i // WIDTH) / 100 for i in range(1, WIDTH * HEIGHT))]


def _write_outputs(graph: Path, values: list[float]) -> None:
    for node in ElementTree.parse(graph).iter("node"):
        if node.findtext("operator") == "Write":
            write_product(Path(node.findtext("parameters/file") or ""), {"Sigma0_VV": ramp(), "Sigma0_VH": values})


def _tell_progress(end: int = 90) -> None:
    print("INFO: org.esa.snap.core.gpf.operators.tooladapter: 55% of nothing", flush=True)
    print("Executing processing graph", flush=True)
    for percent in range(10, end + 1, 10):
        for piece in ("....", str(percent), "%"):
            print(piece, end="", flush=True)
        time.sleep(float(os.environ.get("FAKE_GPT_PAUSE_S", "0")))
    print(".... done.", flush=True)


def _run(graph: Path, arguments: list[str]) -> int:
    behaviour = os.environ.get("FAKE_GPT", "work")
    Path(graph.parent, "called").write_text("\n".join([str(os.getpid()), str(os.getpgrp()), *arguments]))
    if behaviour == "crash":
        print("Executing processing graph\n....10%", flush=True)
        print("Error: [NodeId: Apply-Orbit-File] No valid orbit file found for 01-JAN-2022")
        print("java.io.IOException: No valid orbit file found for 01-JAN-2022\n\tat org.esa.Op.initialize(Op.java:1)")
        return 1
    if behaviour == "memory":
        print("java.lang.OutOfMemoryError: Java heap space")
        return 1
    if behaviour in ("SEGV", "KILL"):
        os.kill(os.getpid(), getattr(signal, f"SIG{behaviour}"))
    if behaviour == "hang":
        _tell_progress(30)
        time.sleep(600)
    _tell_progress()
    if behaviour != "nothing":
        full = ramp()
        values = {"zeros": [0.0] * len(full), "short": full[:-5], "none": []}.get(behaviour, full)
        _write_outputs(graph, values)
    return 0


def _help(operator: str) -> str:
    known = os.environ.get("FAKE_GPT_PARAMETERS", "Read:file,polygonRegion;Coherence:cohWinAz,correctCoherenceBias")
    operators = dict(entry.split(":") for entry in known.split(";") if entry)
    if operator not in operators:
        return f"Error: Unknown operator '{operator}'.\n"
    options = "\n".join(f"  -P{name}=<string>    What it is.\n{' ' * 22}Default value is 'x'." for name in
                        operators[operator].split(","))  # fmt: skip
    return f"Usage:\n  gpt {operator} [options]\n\nParameter Options:\n{options}\n\nGraph XML Format:\n  <graph/>\n"


def main(arguments: list[str]) -> int:
    """Do what SNAP's gpt would."""
    if os.environ.get("FAKE_GPT") == "mute":
        return 1
    if "--diag" in arguments:
        print(DIAG.format(version=os.environ.get("FAKE_GPT_VERSION", "14.0.0")))
        return 0
    if "-h" in arguments:
        print(_help(arguments[0]))
        return 0
    return _run(Path(arguments[0]), arguments[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
