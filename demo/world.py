"""Making the demo world: Sentinel-2 and Sentinel-1 scenes of one landscape before and after changes; the truth.

The full world has a season of scenes over a land beside it too (`demo.season`).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from demo.landcover import LandCover
from demo.landscape import GRIDS, TILE, make_landscape
from demo.msi import Acquisition
from demo.optics import see
from demo.osm import make_osm
from demo.radar import RADAR_RASTERS, RadarWorld, make_radar
from demo.safe_s2 import Scene, write_l1c, write_l2a
from demo.season import Season, known_season, make_season
from demo.sky import Conditions, make_sky
from demo.surface import Ground
from demo.truth import RASTERS, write_truth
from demo.truth import VECTORS as OPTICAL_VECTORS

VERSION = "7"
INDEX = "demo.json"
BEFORE = Acquisition("S2B", datetime(2025, 9, 5, 10, 0, 31), 122, 44123, TILE)
AFTER = Acquisition("S2A", datetime(2025, 9, 20, 10, 0, 41), 122, 53445, TILE)
CONDITIONS = {
    BEFORE: Conditions(cloudiness=0.010, haze=0.004, gain=1.0, aot=0.09, water_vapour_cm=2.1, drift_px=(0.0, 0.0)),
    AFTER: Conditions(cloudiness=0.022, haze=0.020, gain=0.91, aot=0.14, water_vapour_cm=1.6, drift_px=(0.13, -0.08)),
}

# What a first job may ask for: river, town and fields of the full-size world. "before", "after": its scenes.
AREA = "POLYGON((13.10 43.65, 13.26 43.65, 13.26 43.76, 13.10 43.76, 13.10 43.65))"
DEMO_JOBS: tuple[dict[str, Any], ...] = (
    {
        "service": "s2_change_detection",
        "name": "September 2025: flood, harvest, new buildings",
        "parameters": {"input1": "before", "input2": "after", "aoi": AREA, "number_of_classes": 4},
    },
    {
        "service": "s2_preprocess",
        "name": "All bands at 10 m, clouds and sea masked",
        "parameters": {"input": "after", "aoi": AREA, "resolution": 10, "landseamask": "sea", "cloudmask": "scl"},
    },
)

VECTORS = (*OPTICAL_VECTORS, "reflectors")
TRUTH = (*RASTERS, *RADAR_RASTERS, *VECTORS)
Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class DemoWorld:
    """Where the pieces of a made world lie; the small one has no season."""

    folder: Path
    before: Path
    after: Path
    radar: RadarWorld
    osm: Path
    bbox: tuple[float, float, float, float]
    season: Season | None = None

    @property
    def scenes(self) -> tuple[Path, Path]:
        """The two optical products, in the order of time."""
        return self.before, self.after

    @property
    def products(self) -> tuple[Path, ...]:
        """Every product."""
        season = self.season.scenes if self.season else ()
        return *self.scenes, *self.radar.grd, *self.radar.slc, *season

    def truth(self, name: str) -> Path:
        """The file of a truth raster or vector, by its name without the ending."""
        if name not in TRUTH:
            raise KeyError(f"no truth is called {name}; there is {', '.join(TRUTH)}")
        return self.folder / "truth" / f"{name}{'.geojson' if name in VECTORS else '.tif'}"


def make(
    folder: Path, *, seed: int = 1, size: str = "full", progress: Progress = lambda fraction, stage: None
) -> DemoWorld:
    """Make the demo world in a folder, or take the one that is there if it is the same and complete.

    `size`: "full" (24 by 20.4 km) or "small" (6 by 6 km, for tests).
    """
    folder = Path(folder)
    known = _known(folder, seed, size)
    if known:
        return known
    progress(0.0, "landscape")
    (folder / INDEX).unlink(missing_ok=True)
    cover = LandCover(make_landscape(seed, size))
    ground = Ground(cover)
    progress(0.15, "truth")
    write_truth(folder / "truth", cover, BEFORE.sensed.date(), AFTER.sensed.date())
    paths = []
    for number, acquisition in enumerate((BEFORE, AFTER)):
        tell = partial(_tell, progress, number, f"scene of {acquisition.sensed:%Y-%m-%d}")
        tell(0.0)
        scene = observe(ground, acquisition, CONDITIONS[acquisition])
        paths.append(write_l2a(folder / "scenes", scene, lambda fraction, tell=tell: tell(0.3 + 0.7 * fraction)))  # type: ignore[misc]
    radar = make_radar(folder, cover, lambda fraction, stage: progress(0.7 + 0.15 * fraction, stage))
    osm = make_osm(folder / "osm" / "landscape.osm.pbf", cover.landscape)
    season = _season(folder, seed, size, lambda fraction, stage: progress(0.85 + 0.14 * fraction, stage))
    world = DemoWorld(folder, paths[0], paths[1], radar, osm, GRIDS[size].lonlat(GRIDS[size].outline).bounds, season)
    _remember(world, seed, size)
    progress(1.0, "done")
    return world


def observe(ground: Ground, acquisition: Acquisition, conditions: Conditions, level: str = "L2A") -> Scene:
    """Image the landscape on the day of an acquisition."""
    landscape = ground.landscape
    sky = make_sky(landscape.grid, acquisition, conditions, landscape.rng(f"clouds {acquisition.stamp}"))
    return see(landscape, ground.on(acquisition.sensed.date()), sky, conditions, acquisition, level)


def make_l1c(folder: Path, *, seed: int = 1, size: str = "small", acquisition: Acquisition = AFTER) -> Path:
    """Write the Level-1C product of one day, for tests; of any processing baseline."""
    conditions = CONDITIONS.get(acquisition, CONDITIONS[AFTER])
    return write_l1c(folder, observe(Ground(LandCover(make_landscape(seed, size))), acquisition, conditions, "L1C"))


def _season(folder: Path, seed: int, size: str, progress: Progress) -> Season | None:
    return make_season(folder / "season", seed=seed, progress=progress) if size == "full" else None


def _tell(progress: Progress, number: int, stage: str, fraction: float) -> None:
    """Tell how far one of the two scenes is, as a share of the whole."""
    progress(0.2 + 0.25 * (number + fraction), stage)


def _known(folder: Path, seed: int, size: str) -> DemoWorld | None:
    """The world that a folder already holds, if it is the wanted one and nothing is missing."""
    try:
        index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        if (index["version"], index["seed"], index["size"]) != (VERSION, seed, size):
            return None
        grd, slc = ([folder / path for path in index[kind]] for kind in ("grd", "slc"))
        radar = RadarWorld((grd[0], grd[1]), (slc[0], slc[1]), folder / index["dem"])
        scenes = folder / index["before"], folder / index["after"]
        season = known_season(folder / "season", seed) if size == "full" else None
        world = DemoWorld(folder, *scenes, radar, folder / index["osm"], tuple(index["bbox"]), season)
    except (OSError, ValueError, KeyError):
        return None
    needed = [world.osm, *(product / "manifest.safe" for product in world.products), *map(world.truth, TRUTH)]
    complete = all(path.is_file() for path in needed) and (size != "full" or season is not None)
    return world if complete else None


def _remember(world: DemoWorld, seed: int, size: str) -> None:
    """Write the index: what lies where, last of all, so that it stands for a complete world."""
    index = {
        "version": VERSION,
        "seed": seed,
        "size": size,
        "before": world.before.relative_to(world.folder).as_posix(),
        "after": world.after.relative_to(world.folder).as_posix(),
        "grd": [path.relative_to(world.folder).as_posix() for path in world.radar.grd],
        "slc": [path.relative_to(world.folder).as_posix() for path in world.radar.slc],
        "dem": world.radar.dem.relative_to(world.folder).as_posix(),
        "osm": world.osm.relative_to(world.folder).as_posix(),
        "truth": {name: world.truth(name).relative_to(world.folder).as_posix() for name in TRUTH},
        "bbox": world.bbox,
        "season": world.season.folder.relative_to(world.folder).as_posix() if world.season else None,
        "jobs": DEMO_JOBS,
    }
    (world.folder / INDEX).write_text(json.dumps(index, indent=2), encoding="utf-8")
