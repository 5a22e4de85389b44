"""Real samples of WorldCereal: what they become, and that crops are told apart on fields not seen."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from eo.errors import InvalidProduct
from eo.io.sample_arrays import read_samples, write_samples
from eo.io.timesen2crop import import_set
from eo.io.timesen2crop_source import open_source
from eo.io.timesen2crop_store import open_store
from eo.io.timesen2crop_writer import open_layout, write_tile
from eo.io.worldcereal import flanders_samples, patch_looks, point_looks, split_by_group
from eo.timeseries.timesen2crop import Flag

CROPS = Path(__file__).resolve().parents[4] / "shared" / "data" / "crops"
FLANDERS = CROPS / "worldcereal_samples" / "00002806639B424A"
POINTS = CROPS / "worldcereal_points" / "test_public_extractions.parquet"
real = [pytest.mark.real_data, pytest.mark.skipif(not CROPS.is_dir(), reason="no ../shared/data")]


def test_groups_are_split_whole_and_large_ones_shared_out() -> None:
    labels = np.array([0] * 6 + [1] * 3)
    groups = np.array([1, 1, 1, 2, 2, 3, 4, 4, 4])
    assert split_by_group(labels, groups).tolist() == [False] * 3 + [True] * 2 + [False] * 4


def test_a_folder_that_is_no_patch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidProduct, match="no S2_L2A_10m"):
        flanders_samples(tmp_path)


class TestReal:
    pytestmark = real

    def test_points_become_looks_of_their_tiles(self) -> None:
        tiles = point_looks(POINTS)
        assert {t.tile for t in tiles} <= {
            "36NXJ",
            "36NWJ",
            "36NWL",
            "36NWK",
            "36NWH",
            "36NXK",
            "36NXF",
            "36NXL",
            "36NXH",
        }
        labels = np.concatenate([t.labels for t in tiles])
        # 97 maize, 15 pulses, 9 sunflower, 2 grassland, 1 potato; 27 are no crops
        counts = {int(v): int(n) for v, n in zip(*np.unique(labels, return_counts=True), strict=True)}
        assert counts == {0: 15, 1: 2, 2: 97, 3: 1, 4: 9, 15: 349}
        assert tiles[0].dates[0] == date(2016, 12, 15) and len(tiles[0].dates) == 12
        first = next(t for t in tiles if t.tile == "36NWL")
        row = first.numbers.tolist().index(0)
        assert first.values[row, :3, 0].tolist() == [638, 736, 736]
        assert (first.flags == Flag.CLOUD).mean() == pytest.approx(0.07, abs=0.1)

    def test_points_go_through_the_published_layout_unchanged(self, tmp_path: Path) -> None:
        tiles = point_looks(POINTS)
        with open_layout(tmp_path / "set.zip") as put:
            for looks in tiles:
                write_tile(put, looks)
        source = open_source(tmp_path / "set.zip")
        report = import_set(source, tmp_path / "store.parquet")
        source.close()
        assert report.samples == sum(map(len, tiles)) == 473 and not report.problems
        back = {looks.tile: looks for looks in open_store(tmp_path / "store.parquet").read()}
        for looks in tiles:
            order = np.lexsort((looks.numbers, looks.labels))
            assert (back[looks.tile].values == looks.values[order]).all()
            assert (back[looks.tile].flags == looks.flags[order]).all()

    def test_the_patch_has_fields_with_labels(self) -> None:
        looks, fields, _ = patch_looks(FLANDERS)
        counts = np.bincount(looks.labels, minlength=16)
        assert {i: int(n) for i, n in enumerate(counts) if n} == {0: 96, 1: 835, 2: 1249, 3: 25, 15: 31}
        assert looks.tile == "31UDS" and len(looks.dates) == 118
        assert len(np.unique(fields)) >= 15
        assert all(len(np.unique(looks.labels[fields == f])) == 1 for f in np.unique(fields))

    def test_crops_are_told_apart_on_fields_not_seen(self, tmp_path: Path) -> None:
        samples = flanders_samples(FLANDERS)
        digest = write_samples(tmp_path / "s", samples)
        again = read_samples(tmp_path / "s")
        assert again.sha256 == digest and again.x.shape == (2236, 12, 9)
        maize = np.nanmean(samples.x[samples.y == 2], axis=0)
        grass = np.nanmean(samples.x[samples.y == 1], axis=0)
        near, red = 6, 2
        ndvi = [(s[:, near] - s[:, red]) / (s[:, near] + s[:, red]) for s in (maize, grass)]
        assert ndvi[0][8] < 0.5 < ndvi[1][8]  # May 2018: maize is sown, grass is green
        assert samples.groups is not None
        test = split_by_group(samples.y, samples.groups)
        tested = test & np.isin(samples.y, [0, 1, 2])
        assert {int(v) for v in np.unique(samples.y[test])} == {0, 1, 2}
        x = np.nan_to_num(samples.x.reshape(len(samples), -1))
        forest = RandomForestClassifier(50, random_state=0).fit(x[~test], samples.y[~test])
        accuracy = (forest.predict(x[tested]) == samples.y[tested]).mean()
        majority = (samples.y[tested] == 2).mean()
        assert accuracy > majority + 0.2
