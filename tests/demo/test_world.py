"""The made world: it repeats, and its truth agrees with its pixels."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely

from demo.changes import ChangeKind
from demo.landcover import Cover, LandCover
from demo.landscape import GRIDS, make_landscape
from demo.world import AFTER, BEFORE, DEMO_JOBS, DemoWorld, make, make_l1c

HIDDEN = (0, 3, 7, 8, 9, 10)  # scene classes of no data, shadow and cloud


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as source:
        return source.read(1)


def band(product: Path, name: str, resolution_m: int = 10) -> np.ndarray:
    """Reflectance by the product specification."""
    image = next(product.glob(f"GRANULE/*/IMG_DATA/R{resolution_m}m/*_{name}_{resolution_m}m.jp2"))
    return (read(image).astype(float) - 1000) / 10000


def clear(world: DemoWorld) -> np.ndarray:
    """Where neither day has clouds."""
    scl = (np.rint(band(scene, "SCL", 20) * 10000 + 1000) for scene in world.scenes)
    hidden = [np.isin(classes, HIDDEN) for classes in scl]
    return ~(hidden[0] | hidden[1]).repeat(2, 0).repeat(2, 1)


def index(product: Path, one: str, other: str) -> np.ndarray:
    """The normalised difference of two bands."""
    a, b = band(product, one), band(product, other)
    return (a - b) / np.maximum(a + b, 0.001)


@pytest.fixture(scope="module")
def kinds(demo_world: DemoWorld) -> np.ndarray:
    """The kinds of change, 0 where clouds hide them."""
    return np.where(clear(demo_world), read(demo_world.truth("change_kind")), 0)


def test_the_same_seed_gives_the_same_land() -> None:
    one, two, other = (LandCover(make_landscape(seed, "small")) for seed in (1, 1, 2))
    days = BEFORE.sensed.date(), AFTER.sensed.date()
    assert all(one.on(day).tobytes() == two.on(day).tobytes() for day in days)
    assert one.landscape.terrain.height_m.tobytes() == two.landscape.terrain.height_m.tobytes()
    assert (one.on(days[0]) != other.on(days[0])).mean() > 0.3


def test_making_again_makes_nothing(demo_world: DemoWorld) -> None:
    stages: list[str] = []
    made = demo_world.before.stat().st_mtime_ns
    assert make(demo_world.folder, size="small", progress=lambda fraction, stage: stages.append(stage)) == demo_world
    assert stages == [] and demo_world.before.stat().st_mtime_ns == made


def test_an_unfinished_world_is_made_again_and_is_the_same(demo_world: DemoWorld, tmp_path: Path) -> None:
    (tmp_path / "demo.json").write_text((demo_world.folder / "demo.json").read_text())
    told: list[tuple[float, str]] = []
    again = make(tmp_path, size="small", progress=lambda fraction, stage: told.append((fraction, stage)))
    names = sorted(path.relative_to(demo_world.folder) for path in demo_world.folder.rglob("*") if path.is_file())
    assert names == sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(names) > 160  # two optical products of 65 files and more, four radar ones
    assert all((tmp_path / name).read_bytes() == (demo_world.folder / name).read_bytes() for name in names)
    assert again.before.name == demo_world.before.name
    assert [fraction for fraction, _ in told] == sorted(fraction for fraction, _ in told) and told[-1] == (1, "done")
    assert list(dict.fromkeys(stage for _, stage in told)) == [
        "landscape", "truth", "scene of 2025-09-05", "scene of 2025-09-20", "radar scene of 2025-09-07",
        "radar scene of 2025-09-19", "pair of complex radar scenes", "radar scenes", "done",
    ]  # fmt: skip


def test_the_index_names_everything(demo_world: DemoWorld) -> None:
    index = json.loads((demo_world.folder / "demo.json").read_text())
    files = [index["before"], index["after"], *index["truth"].values()]
    assert len(files) == 14 and all((demo_world.folder / name).exists() for name in files)
    assert demo_world.bbox == pytest.approx((13.182, 43.687, 13.259, 43.743), abs=0.001)
    with pytest.raises(KeyError, match="no truth is called clouds; there is landcover_before, "):
        demo_world.truth("clouds")


def test_every_kind_of_change_has_its_size(demo_world: DemoWorld) -> None:
    """Counted once and looked at; libraries may move a few pixels at borders."""
    found = np.bincount(read(demo_world.truth("change_kind")).ravel(), minlength=5)
    expected = {
        ChangeKind.NEW_BUILDING: 1186,
        ChangeKind.FLOOD: 9749,
        ChangeKind.HARVEST: 9508,
        ChangeKind.CLEARING: 1762,
    }
    assert {kind: found[kind] for kind in ChangeKind} == pytest.approx(expected, rel=0.01)
    assert (read(demo_world.truth("change")) == (read(demo_world.truth("change_kind")) > 0)).all()


def test_what_changes_is_what_the_land_cover_says(demo_world: DemoWorld) -> None:
    before, after = (read(demo_world.truth(f"landcover_{day}")) for day in ("before", "after"))
    kind = read(demo_world.truth("change_kind"))
    assert ((before != after) == (kind > 0)).all()
    assert set(np.unique(after[kind == ChangeKind.FLOOD])) == {Cover.FLOOD}
    assert set(np.unique(before[kind == ChangeKind.HARVEST])) == {Cover.CROPLAND}
    assert set(np.unique(before[kind == ChangeKind.CLEARING])) <= {Cover.BROADLEAF_FOREST, Cover.CONIFER_FOREST}
    assert set(np.unique(after[kind == ChangeKind.NEW_BUILDING])) == {Cover.PAVED, Cover.BUILDING}
    assert set(np.unique(before)) <= set(Cover) and len(np.unique(before)) >= 13


@pytest.mark.parametrize(
    ("kind", "bands", "day", "holds"),
    [
        (ChangeKind.HARVEST, ("B08", "B04"), "before", lambda ndvi: ndvi > 0.40),
        (ChangeKind.HARVEST, ("B08", "B04"), "after", lambda ndvi: ndvi < 0.30),
        (ChangeKind.CLEARING, ("B08", "B04"), "before", lambda ndvi: ndvi > 0.60),
        (ChangeKind.CLEARING, ("B08", "B04"), "after", lambda ndvi: ndvi < 0.35),
        (ChangeKind.NEW_BUILDING, ("B08", "B04"), "after", lambda ndvi: ndvi < 0.30),
        (ChangeKind.FLOOD, ("B03", "B08"), "before", lambda ndwi: ndwi < 0.0),
        (ChangeKind.FLOOD, ("B03", "B08"), "after", lambda ndwi: ndwi > 0.1),
    ],
)
def test_pixels_show_the_change(
    demo_world: DemoWorld, kinds: np.ndarray, kind: ChangeKind, bands: tuple[str, str], day: str, holds: Callable
) -> None:
    product = demo_world.before if day == "before" else demo_world.after
    assert holds(index(product, *bands)[kinds == kind]).mean() > 0.9


def test_unchanged_land_keeps_its_reflectance(demo_world: DemoWorld, kinds: np.ndarray) -> None:
    still = clear(demo_world) & (read(demo_world.truth("change_kind")) == 0)
    for name in ("B02", "B03", "B04", "B08"):
        before, after = (band(scene, name)[still] for scene in demo_world.scenes)
        assert np.corrcoef(before, after)[0, 1] > 0.97
        assert 0.003 < (after - np.polyval(np.polyfit(before, after, 1), before)).std() < 0.012


def test_scene_classes_agree_with_the_land(demo_world: DemoWorld) -> None:
    classes = read(next(demo_world.before.glob("GRANULE/*/IMG_DATA/R20m/*_SCL_20m.jp2")))
    cover = read(demo_world.truth("landcover_before"))[::2, ::2]
    seen = ~np.isin(classes, HIDDEN)
    assert (classes[seen & (cover == Cover.SEA)] == 6).mean() > 0.995
    assert (classes[seen & (cover == Cover.BROADLEAF_FOREST)] == 4).mean() > 0.98
    assert (classes[seen & (cover == Cover.STUBBLE)] == 5).mean() > 0.95
    assert 0.005 < np.isin(classes, (8, 9)).mean() < 0.05
    assert (band(demo_world.before, "B02", 20)[classes == 9] > 0.25).all()


def test_reflectance_is_plausible(demo_world: DemoWorld) -> None:
    cover, ok = read(demo_world.truth("landcover_before")), clear(demo_world)
    forest, sea = ok & (cover == Cover.BROADLEAF_FOREST), ok & (cover == Cover.SEA)
    assert np.median(band(demo_world.before, "B08")[forest]) == pytest.approx(0.29, abs=0.03)
    assert np.median(band(demo_world.before, "B04")[forest]) == pytest.approx(0.033, abs=0.01)
    assert np.median(band(demo_world.before, "B08")[sea]) < 0.02
    assert band(demo_world.before, "B02").min() > -0.05


def test_heights(demo_world: DemoWorld) -> None:
    height_m, cover = read(demo_world.truth("height_m")), read(demo_world.truth("landcover_before"))
    assert (height_m[cover == Cover.SEA] == 0).all() and height_m.min() == 0
    assert 80 < height_m.max() < 700
    lake = height_m[cover == Cover.LAKE]
    assert np.percentile(lake, 95) - np.percentile(lake, 5) < 1  # level


def test_changes_as_polygons_cover_the_raster(demo_world: DemoWorld) -> None:
    kind = read(demo_world.truth("change_kind"))
    features = json.loads(demo_world.truth("changes").read_text())["features"]
    for value in ChangeKind:
        areas = [f["properties"]["area_m2"] for f in features if f["properties"]["value"] == value]
        assert sum(areas) == 100 * (kind == value).sum()
    assert {f["properties"]["kind"] for f in features} == {"new_building", "flood", "harvest", "clearing"}
    changed = shapely.union_all([shapely.geometry.shape(feature["geometry"]) for feature in features])
    assert shapely.box(*demo_world.bbox).buffer(1e-6).contains(changed)


def test_fields_and_features(demo_world: DemoWorld) -> None:
    fields = json.loads(demo_world.truth("fields").read_text())["features"]
    assert len(fields) > 500 and {f["properties"]["crop"] for f in fields} >= {"maize", "alfalfa", "vineyard"}
    features = json.loads(demo_world.truth("features").read_text())["features"]
    kinds = [feature["properties"]["kind"] for feature in features]
    assert kinds.count("military") == kinds.count("town") == kinds.count("power") == kinds.count("river") == 1
    assert kinds.count("village") == 6 and kinds.count("road") == 10
    assert all(shapely.geometry.shape(feature["geometry"]).is_valid for feature in features)


def test_top_of_the_atmosphere_is_hazier_and_has_cirrus_band(demo_world: DemoWorld, tmp_path: Path) -> None:
    product = make_l1c(tmp_path)
    names = sorted(path.stem.rpartition("_")[2] for path in product.glob("GRANULE/*/IMG_DATA/*.jp2"))
    assert names == ["B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B09", "B10", "B11", "B12", "B8A", "TCI"]
    toa = {
        n: (read(next(product.glob(f"GRANULE/*/IMG_DATA/*_{n}.jp2"))).astype(float) - 1000) / 10000
        for n in ("B02", "B08", "B10")
    }
    sea = clear(demo_world) & (read(demo_world.truth("landcover_after")) == Cover.SEA)
    assert np.median(toa["B02"][sea] - band(demo_world.after, "B02")[sea]) > 0.03
    assert abs(np.median(toa["B08"][sea] - band(demo_world.after, "B08")[sea])) < 0.02
    assert np.median(toa["B10"]) < 0.01
    opaque = read(next(product.glob("GRANULE/*/QI_DATA/MSK_CLASSI_B00.jp2")))
    assert 0.005 < opaque.mean() < 0.08


def test_demo_jobs_are_for_this_world() -> None:
    grid = GRIDS["full"]
    area = grid.lonlat(grid.outline)
    for job in DEMO_JOBS:
        assert area.contains(shapely.from_wkt(job["parameters"]["aoi"]))
        assert {job["parameters"].get("input"), job["parameters"].get("input1"), job["parameters"].get("input2")} - {
            "before", "after", None,
        } == set()  # fmt: skip
