"""Names and angles, held against a real product."""

from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from demo.msi import BANDS, Acquisition, sun_angles

REAL = "s2/safe_l2a/S2A_MSIL2A_20221005T115411_N0400_R023_T29UNU_20221005T164454.SAFE"
ACQUISITION = Acquisition("S2A", datetime(2025, 9, 20, 10, 0, 41), 122, 53445, "33TUJ")


def test_names() -> None:
    assert ACQUISITION.product("L2A") == "S2A_MSIL2A_20250920T100041_N0511_R122_T33TUJ_20250920T151321.SAFE"
    assert ACQUISITION.granule("L1C") == "L1C_T33TUJ_A053445_20250920T100041"
    assert ACQUISITION.datastrip() == "DS_DEMO_20250920T151321_S20250920T100041"


def test_offset_came_with_baseline_0400() -> None:
    of = {
        b: Acquisition("S2A", ACQUISITION.sensed, 122, 1, "33TUJ", b).offset
        for b in ("02.14", "03.01", "04.00", "05.11")
    }
    assert of == {"02.14": 0, "03.01": 0, "04.00": -1000, "05.11": -1000}


def test_sun_at_equinox_and_solstice() -> None:
    noon_at_greenwich = datetime(2025, 3, 20, 12, 7, 30)
    assert sun_angles(noon_at_greenwich, 0.0, 0.0)[0] == pytest.approx(0, abs=0.1)
    assert sun_angles(datetime(2025, 6, 21, 12, 2), 0.0, 50.0) == pytest.approx((50 - 23.44, 180), abs=0.2)  # solstice


def test_sun_as_in_a_real_product(shared_data: Path) -> None:
    root = ElementTree.parse(next((shared_data / REAL).glob("GRANULE/*/MTD_TL.xml")))
    real = [float(root.findtext(f".//Mean_Sun_Angle/{name}_ANGLE") or "nan") for name in ("ZENITH", "AZIMUTH")]
    sensed = datetime.fromisoformat((root.findtext(".//SENSING_TIME") or "").rstrip("Z"))
    assert sun_angles(sensed, -8.187, 52.753) == pytest.approx(real, abs=0.1)  # the middle of tile 29UNU


def test_bands_as_in_a_real_product(shared_data: Path) -> None:
    root = ElementTree.parse(shared_data / REAL / "MTD_MSIL2A.xml")
    for band, real in zip(BANDS, root.iter("Spectral_Information"), strict=True):
        assert int(real.get("bandId", "")) == band.index
        assert int(real.findtext("RESOLUTION") or 0) == band.resolution_m
        assert float(real.findtext("Wavelength/CENTRAL") or 0) == band.centre_nm
        assert [float(real.findtext(f"Wavelength/{end}") or 0) for end in ("MIN", "MAX")] == [band.low_nm, band.high_nm]
    irradiance = [float(element.text or 0) for element in root.iter("SOLAR_IRRADIANCE")]
    assert irradiance == [band.irradiance for band in BANDS]
