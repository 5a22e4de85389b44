"""Orbit files of Sentinel-1: precise (POEORB) and restituted (RESORB) state vectors, better than an annotation's.

Source: Sentinel-1 Precise Orbit Determination, Product Format Specification, GMES-GSEG-EOPG-FS-10-0075.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from eo.errors import InvalidOrbit
from eo.io.sentinel1_annotation import StateVectors

AROUND_S = 100.0
"""State vectors are taken this long before and after the image: enough for a polynomial, few enough for its degree."""
_NAME = re.compile(
    r"(?P<platform>S1[A-D])_OPER_AUX_(?P<kind>POEORB|RESORB)_OPOD_\d{8}T\d{6}"
    r"_V(?P<start>\d{8}T\d{6})_(?P<stop>\d{8}T\d{6})\.EOF"
)
_BEST_FIRST = ("POEORB", "RESORB")


@dataclass(frozen=True)
class OrbitFile:
    """One orbit file, told by its name; `kind` is POEORB or RESORB, `start` and `stop` (UTC) what it is good for."""

    path: Path
    platform: str
    kind: str
    start: np.datetime64
    stop: np.datetime64

    def covers(self, platform: str, start: np.datetime64, stop: np.datetime64) -> bool:
        """Say whether it is of this satellite (`sentinel-1a`) and time."""
        return bool(self.platform == platform and self.start <= start and stop <= self.stop)


def orbit_file(path: Path) -> OrbitFile:
    """Return what the name of an orbit file says.

    Raises:
        InvalidOrbit: not the name of an orbit file, or nothing there.
    """
    match = _NAME.fullmatch(path.name)
    if match is None or not path.is_file():
        raise InvalidOrbit(
            f"{path.name} is no Sentinel-1 orbit file.",
            hint="Give a file such as S1A_OPER_AUX_POEORB_OPOD_…_V…_….EOF, under its own name.",
        )
    start, stop = (_from_name(match[part]) for part in ("start", "stop"))
    return OrbitFile(path, f"sentinel-1{match['platform'][2].lower()}", match["kind"], start, stop)


def find_orbit(folder: Path, platform: str, start: np.datetime64, stop: np.datetime64) -> OrbitFile | None:
    """Return the best file in (or below) a folder for an image: precise before restituted, the newest of these."""
    there = [orbit_file(path) for path in folder.rglob("S1*.EOF") if _NAME.fullmatch(path.name)]
    good = sorted((f for f in there if f.covers(platform, start, stop)), key=lambda f: f.path.name, reverse=True)
    return min(good, key=lambda f: _BEST_FIRST.index(f.kind), default=None)


def require_orbit(path: Path, platform: str, start: np.datetime64, stop: np.datetime64) -> OrbitFile:
    """Return an orbit file that was given for an image.

    Raises:
        InvalidOrbit: not an orbit file, or of another satellite or day.
    """
    found = orbit_file(path)
    if not found.covers(platform, start, stop):
        raise InvalidOrbit(
            f"{path.name} holds {found.platform} from {found.start} to {found.stop}; the image is of {platform}, "
            f"{start.astype('datetime64[s]')} to {stop.astype('datetime64[s]')}.",
            hint="Give the orbit file of that day, or none: the annotation has an orbit too.",
        )
    return found


def read_orbit_file(path: Path, start: np.datetime64, stop: np.datetime64) -> StateVectors:
    """Return the state vectors around an image; their times count from `start`.

    Raises:
        InvalidOrbit: damaged, or without vectors all around the image.
    """
    first, last = start - _seconds(AROUND_S), stop + _seconds(AROUND_S)
    try:
        rows = [row for row in map(_vector, _records(path)) if first <= row[0] <= last]
    except (ParseError, DefusedXmlException, ValueError, TypeError) as error:
        raise InvalidOrbit(f"{path.name} is damaged: {error}.", hint="Fetch the orbit file again.") from None
    if not rows or rows[0][0] > start or rows[-1][0] < stop:
        raise InvalidOrbit(f"{path.name} has no state vectors around {start}.", hint="Give the complete orbit file.")
    time_s = np.array([float((moment - start) / np.timedelta64(1, "ns")) * 1e-9 for moment, _ in rows])
    values = np.array([numbers for _, numbers in rows])
    return StateVectors(time_s, values[:, :3], values[:, 3:])


def _records(path: Path) -> Iterator[Element]:
    with path.open("rb") as stream:
        for _, node in iterparse(stream, forbid_dtd=True):
            if node.tag == "OSV":
                yield node
                node.clear()


def _vector(node: Element) -> tuple[np.datetime64, list[float]]:
    moment = np.datetime64(str(node.findtext("UTC")).removeprefix("UTC="), "ns")
    return moment, [float(str(node.findtext(name))) for name in ("X", "Y", "Z", "VX", "VY", "VZ")]


def _from_name(text: str) -> np.datetime64:
    day, clock = text.split("T")
    return np.datetime64(f"{day[:4]}-{day[4:6]}-{day[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}", "ns")


def _seconds(value: float) -> np.timedelta64:
    return np.timedelta64(round(value * 1e9), "ns")
