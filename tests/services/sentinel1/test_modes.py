"""StripMap and extra-wide products: the landscape seen in other modes than IW, against the same truth."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from radar_truth import brightness_offsets_db, coherence_offsets, made

from demo.landcover import LandCover
from demo.landscape import make_landscape
from demo.radar import FIRST, SECOND, passes
from demo.radar_grd import SWATH, make_grd
from demo.radar_scattering import brightness, coherence
from demo.radar_slc import STRIPMAP, make_pair
from demo.radar_view import relief_of
from demo.world import DemoWorld
from services.core.errors import BadInput

MODES = {"SM": "S4", "EW": "EW"}


@pytest.fixture(scope="module", autouse=True)
def heights(demo_world: DemoWorld):  # type: ignore[no-untyped-def]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEM_PATH", str(demo_world.radar.dem.parent))
        yield


@pytest.fixture(scope="module")
def stripmap(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The pair of the demo world without bursts."""
    cover = LandCover(make_landscape(1, "small"))
    relief = relief_of(cover.landscape)
    covers = [cover.on(moment.date()) for moment in (FIRST, SECOND)]
    gamma0 = brightness(covers[0], "VV"), brightness(covers[1], "VV")
    rng = np.random.default_rng(7)
    folder = tmp_path_factory.mktemp("stripmap")
    return make_pair(folder, relief, passes(relief), gamma0, coherence(*covers), rng, STRIPMAP)


@pytest.mark.parametrize("mode", MODES)
def test_detected_products_of_other_modes(demo_world: DemoWorld, mode: str, tmp_path: Path) -> None:
    cover = LandCover(make_landscape(1, "small"))
    relief = relief_of(cover.landscape)
    gamma0 = {"VV": brightness(cover.on(FIRST.date()), "VV")}
    swath = replace(SWATH, name=MODES[mode])
    product = make_grd(tmp_path, relief, passes(relief)[0], gamma0, np.random.default_rng(3), swath)
    assert f"_{mode}_GRDH_" in product.name
    folder = made("s1_grd_preprocess", tmp_path / "out", input=str(product), calibration="gamma0_rtc")
    assert np.abs(brightness_offsets_db(demo_world, folder)).max() < 0.15
    assert json.loads((folder / "item.json").read_text())["properties"]["sar:instrument_mode"] == mode


@pytest.mark.parametrize("mode", ["standard", "adhoc"])
def test_complex_stripmap(demo_world: DemoWorld, stripmap: tuple[Path, Path], mode: str, tmp_path: Path) -> None:
    calibration = {"standard": "sigma0", "adhoc": "gamma0_rtc"}[mode]
    options = {"input": str(stripmap[0]), "mode": mode, "calibration": calibration}
    folder = made("s1_slc_preprocess", tmp_path / "out", **options)
    if mode == "adhoc":
        assert np.abs(brightness_offsets_db(demo_world, folder)).max() < 0.15
    else:
        bursts = made("s1_slc_preprocess", tmp_path / "iw", **{**options, "input": str(demo_world.radar.slc[0])})
        with rasterio.open(folder / "backscatter.tif") as one, rasterio.open(bursts / "backscatter.tif") as other:
            means = [np.nanmean(source.read(1)) for source in (one, other)]
        assert 10 * np.log10(means[0] / means[1]) == pytest.approx(0, abs=0.1)  # the same ground, other speckle


def test_coherence_of_a_stripmap_pair(demo_world: DemoWorld, stripmap: tuple[Path, Path], tmp_path: Path) -> None:
    folder = made("s1_change_detection", tmp_path / "out", input1=str(stripmap[0]), input2=str(stripmap[1]))
    offsets = coherence_offsets(demo_world, folder)
    assert len(offsets) >= 3
    assert np.abs(offsets).max() < 0.03


def test_a_pair_of_two_modes_is_refused(demo_world: DemoWorld, stripmap: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"was taken in mode IW, descending; .* in SM, descending"):
        made("s1_change_detection", tmp_path, input1=str(demo_world.radar.slc[0]), input2=str(stripmap[1]))


def test_a_zip_gives_what_the_folder_gives(demo_world: DemoWorld, tmp_path: Path) -> None:
    """Of all three services: images are unpacked for reading, and nothing of that stays."""
    packed = [
        shutil.make_archive(str(tmp_path / path.stem), "zip", path.parent, path.name)
        for path in (demo_world.radar.grd[0], *demo_world.radar.slc)
    ]
    area = "POLYGON((13.20 43.69,13.22 43.69,13.22 43.71,13.20 43.71,13.20 43.69))"
    for service, names, files in (
        ("s1_grd_preprocess", ("input",), ((packed[0],), (demo_world.radar.grd[0],))),
        ("s1_slc_preprocess", ("input",), ((packed[1],), (demo_world.radar.slc[0],))),
        ("s1_change_detection", ("input1", "input2"), (packed[1:], demo_world.radar.slc)),
    ):
        folders = [
            made(service, tmp_path / f"{service}-{k}", aoi=area, **dict(zip(names, map(str, paths), strict=True)))
            for k, paths in enumerate(files)
        ]
        names_of = [sorted(p.name for p in folder.iterdir()) for folder in folders]
        assert names_of[0] == names_of[1]
        for path in folders[0].glob("*.tif"):
            assert path.read_bytes() == (folders[1] / path.name).read_bytes()
