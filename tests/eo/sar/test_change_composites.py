"""ACD and MTC: by hand, on made speckle, and on the real pair over Morocco."""

from pathlib import Path

import numpy as np
import pytest
import rasterio

from eo.sar.change_composites import (
    acd_colours,
    change_mask,
    log_ratio_db,
    mtc_colours,
    stretched,
    threshold_db,
)


def test_log_ratio_by_hand() -> None:
    first = np.array([0.1, 0.1, 0.0, np.nan, 0.2], np.float32)
    second = np.array([0.2, 0.01, 0.1, 0.1, 0.2], np.float32)
    assert log_ratio_db(first, second) == pytest.approx([3.0103, -10, np.nan, np.nan, 0], nan_ok=True, abs=1e-4)


def test_stretch_by_hand() -> None:
    assert stretched(np.array([-30, -20, -10, 0, 5, np.nan], np.float32), -20, 0).tolist() == [1, 1, 128, 255, 255, 0]


@pytest.mark.parametrize(("looks", "significance"), [(1, 0.05), (4.4, 0.01), (15.4, 0.01)])
def test_unchanged_speckle_passes_for_changed_as_often_as_stated(looks: float, significance: float) -> None:
    random = np.random.default_rng(8)
    first, second = (random.gamma(looks, 0.1 / looks, (800, 800)).astype(np.float32) for _ in range(2))
    mask = change_mask(log_ratio_db(first, second), looks, significance)
    assert (mask == 1).mean() == pytest.approx(significance / 2, rel=0.1)
    assert (mask == 2).mean() == pytest.approx(significance / 2, rel=0.1)


def test_a_change_of_ten_decibels_is_seen() -> None:
    random = np.random.default_rng(9)
    first = random.gamma(15, 0.1 / 15, (200, 200)).astype(np.float32)
    second = (random.gamma(15, 0.1 / 15, (200, 200)) * 10).astype(np.float32)
    assert (change_mask(log_ratio_db(first, second), 15, 0.01) == 1).mean() > 0.999
    assert (change_mask(log_ratio_db(second, first), 15, 0.01) == 2).mean() > 0.999
    assert threshold_db(15, 0.01) == pytest.approx(4.18, abs=0.02)  # F(0.995; 30, 30) = 2.628


def test_colours_tell_what_was_lost_and_gained() -> None:
    first, second = np.array([[0.1, 0.01, 0.1, 0.0]], np.float32), np.array([[0.01, 0.1, 0.1, 0.1]], np.float32)
    # −10 dB is drawn 128, −20 dB 1.
    assert acd_colours(first, second, "red_cyan")[:, 0].T.tolist() == [
        [128, 1, 1],
        [1, 128, 128],
        [128, 128, 128],
        [0, 0, 0],
    ]
    assert acd_colours(first, second, "yellow_blue")[:, 0, :2].T.tolist() == [[128, 128, 1], [1, 1, 128]]
    coherence = np.array([[0.5, 1.0, np.nan, 0.5]], np.float32)
    assert mtc_colours(first, second, coherence)[:, 0].T.tolist() == [
        [128, 1, 128],
        [1, 128, 255],
        [0, 0, 0],
        [0, 0, 0],
    ]


def test_the_real_pair_over_morocco(shared_data: Path) -> None:
    """Twelve days apart over dry land: most of it unchanged, and the coherent pixels the least."""

    def read(name: str) -> np.ndarray:
        folder = shared_data / "s1/insar_products/eo_tools_morocco_20230904_20230916"
        with rasterio.open(folder / f"{name}.tif") as source:
            return source.read(1, masked=True).filled(np.nan).astype(np.float32)

    first, second, coherence = read("amp_prm_vv") ** 2, read("amp_sec_vv") ** 2, read("coh_vv")
    ratio = log_ratio_db(first, second)
    known = np.isfinite(ratio) & np.isfinite(coherence)
    assert known.mean() > 0.5
    coherent, incoherent = known & (coherence > 0.8), known & (coherence < 0.3)
    assert np.abs(ratio[coherent]).mean() < np.abs(ratio[incoherent]).mean()
    drawn = mtc_colours(first / np.nanmedian(first) / 10, second / np.nanmedian(second) / 10, coherence)
    assert drawn.shape == (3, *ratio.shape)
    assert drawn[2][coherent].mean() > 2 * drawn[2][incoherent].mean()


def test_the_real_series_over_california(shared_data: Path) -> None:
    """Of 21 dates the first two: land hardly changes, wind on the water brightens nearly all of it, and back."""

    def share(burst: str, dates: tuple[int, int]) -> dict[int, float]:
        paths = sorted((shared_data / "s1/rtc_timeseries_opera").rglob(f"*{burst}*_VV.tif"))
        first, second = (rasterio.open(paths[k]).read(1) for k in dates)
        mask = change_mask(log_ratio_db(first, second), looks=10, significance=0.01)
        return {kind: float(np.mean(mask == kind)) for kind in (0, 1, 2)}

    for land in ("T137-292319-IW2", "T137-292320-IW2", "T137-292321-IW2"):
        assert share(land, (0, 1))[0] > 0.95
    windy, calm = share("T137-292322-IW1", (0, 1)), share("T137-292322-IW1", (1, 0))
    assert windy[1] > 0.6 and windy[2] < 0.02
    assert (calm[2], calm[1]) == (windy[1], windy[2])
