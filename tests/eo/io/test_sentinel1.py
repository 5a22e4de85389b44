"""Real products, by numbers that stand in their files."""

from pathlib import Path

import numpy as np
import pytest

from eo.errors import InvalidProduct, MissingPolarisation
from eo.io.sentinel1 import read_sentinel1


def test_a_grd_product(shared_data: Path) -> None:
    found = read_sentinel1(next((shared_data / "s1/grd_safe").glob("*.SAFE")))
    assert (found.platform, found.product_type, found.mode) == ("sentinel-1b", "S1-GRD", "IW")
    assert (found.relative_orbit, found.orbit_pass, found.ipf_version) == (22, "descending", (3, 40))
    assert found.footprint.bounds == pytest.approx((11.865704, 40.876698, 15.321935, 42.780445))
    annotation = found.annotation(found.images["IW", "VV"])
    assert (annotation.lines, annotation.samples) == (16_705, 26_102)
    assert annotation.line_interval_s == 1.496569996245720e-03
    assert annotation.steering_rate_rad_s == pytest.approx(np.deg2rad(1.590368784))
    assert len(annotation.state_vectors.time_s) == 16
    assert annotation.state_vectors.position_m[0].tolist() == [4657064.97853, 1776448.316703, 5013314.106183]
    # 05:10:21.029300 is 61.565141 s before the first line at 05:11:22.594441.
    assert annotation.state_vectors.time_s[0] == pytest.approx(-61.565141, abs=1e-9)
    assert annotation.geolocation.line.shape == (210,)
    ground = annotation.ground_range
    assert ground is not None
    assert (ground.to_ground.shape, ground.to_slant.shape) == ((28, 9), (28, 9))
    # There and back: 100 km of ground range to slant range and to ground range again.
    slant_m = np.polynomial.polynomial.polyval(100_000 - ground.ground_origin_m[5], ground.to_slant[5])
    back_m = np.polynomial.polynomial.polyval(slant_m - ground.slant_origin_m[5], ground.to_ground[5])
    assert back_m == pytest.approx(100_000, abs=0.1)


def test_an_slc_product_and_its_bursts(shared_data: Path) -> None:
    found = read_sentinel1(next((shared_data / "s1/slc_safe").glob("*20230904*.zip")))
    assert (found.polarisations, found.swaths) == (["VV", "VH"], ["IW1", "IW2", "IW3"])
    annotation = found.annotation(found.images["IW1", "VV"])
    assert (len(annotation.bursts), annotation.lines_per_burst, annotation.samples) == (9, 1507, 23_055)
    burst = annotation.bursts[0]
    assert burst.first_valid.shape == (1507,)
    assert (burst.first_valid[0], burst.first_valid[21], burst.last_valid[21]) == (-1, 239, 20_703)
    # Bursts come every 2.758 s; each record of the Doppler counts from its own t0.
    assert np.diff([b.time_s for b in annotation.bursts]) == pytest.approx(2.758, abs=0.003)
    assert annotation.doppler_centroid.t0_s[0] != annotation.slant_range_time_s
    assert annotation.fm_rate.t0_s[0] == pytest.approx(annotation.slant_range_time_s, abs=1e-6)


def test_what_is_not_there_is_named(shared_data: Path) -> None:
    found = read_sentinel1(next((shared_data / "s1/grd_safe").glob("*.SAFE")))
    with pytest.raises(MissingPolarisation, match=r"has no VH\. There is: VV\."):
        found.require(["VV", "VH"])
    zipped = read_sentinel1(next((shared_data / "s1/grd_safe").glob("*CEAB.zip")))
    with pytest.raises(InvalidProduct, match="has no measurement file for IW VV"):
        zipped.measurement_path(zipped.images["IW", "VV"])


def test_a_manifest_of_something_else(tmp_path: Path) -> None:
    folder = tmp_path / "S1A.SAFE"
    folder.mkdir()
    (folder / "manifest.safe").write_text("<a><productType>OCN</productType></a>")
    with pytest.raises(InvalidProduct, match="is of type OCN; Sentinel-1 GRD and SLC are read"):
        read_sentinel1(folder)
    (folder / "manifest.safe").write_text("<a><productType>GRD</productType></a>")
    with pytest.raises(InvalidProduct, match="says no number"):
        read_sentinel1(folder)
