"""The bands of the Sentinel-2 MultiSpectral Instrument: names, wavelengths, native resolution.

Source: Sentinel-2 MSI technical guide, spectral bands (S2A and S2B as measured). For other units the design values
stand here; a SAFE product carries the measured ones of its own instrument, and those go first.
"""

import re
from dataclasses import dataclass

BAND_ORDER = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
"""Names in the order of the products' band ids, 0 to 12."""

RESOLUTION_M = dict(zip(BAND_ORDER, (60, 10, 10, 10, 20, 20, 20, 10, 20, 60, 60, 20, 20), strict=True))
_COMMON = "coastal blue green red rededge071 rededge075 rededge078 nir nir08 nir09 cirrus swir16 swir22"
COMMON_NAMES = dict(zip(BAND_ORDER, _COMMON.split(), strict=True))
_CENTRE_NM = {
    "sentinel-2a": (442.7, 492.7, 559.8, 664.6, 704.1, 740.5, 782.8, 832.8, 864.7, 945.1, 1373.5, 1613.7, 2202.4),
    "sentinel-2b": (442.3, 492.3, 558.9, 664.9, 703.8, 739.1, 779.7, 832.9, 864.0, 943.2, 1376.9, 1610.4, 2185.7),
}
_FWHM_NM = {
    "sentinel-2a": (20, 65, 35, 30, 14, 14, 19, 105, 21, 19, 29, 90, 174),
    "sentinel-2b": (20, 65, 35, 31, 15, 13, 19, 104, 21, 20, 29, 94, 184),
}
_DESIGN_CENTRE_NM = (443.0, 490.0, 560.0, 665.0, 705.0, 740.0, 783.0, 842.0, 865.0, 945.0, 1375.0, 1610.0, 2190.0)
_DESIGN_FWHM_NM = (20, 65, 35, 30, 15, 15, 20, 115, 20, 20, 30, 90, 180)


@dataclass(frozen=True)
class SpectralBand:
    """One band of the instrument.

    Args:
        name: `B02`, `B8A`, …
        common_name: as in the STAC eo extension.
        centre_um: central wavelength in µm.
        fwhm_um: full width at half maximum in µm.
        resolution_m: pixel size on the instrument's own grid, in m.
    """

    name: str
    common_name: str
    centre_um: float
    fwhm_um: float
    resolution_m: int


def spectral_bands(platform: str) -> dict[str, SpectralBand]:
    """Return the bands of a unit ("sentinel-2a"), by name, in band order."""
    centres = _CENTRE_NM.get(platform, _DESIGN_CENTRE_NM)
    widths = _FWHM_NM.get(platform, _DESIGN_FWHM_NM)
    return {
        name: SpectralBand(
            name, COMMON_NAMES[name], round(centre / 1000, 4), round(width / 1000, 4), RESOLUTION_M[name]
        )
        for name, centre, width in zip(BAND_ORDER, centres, widths, strict=True)
    }


def band_name(text: str) -> str | None:
    """Return the band's name for any usual spelling (`b2`, `B2`, `B02`, `8a`), None where there is no such band."""
    found = re.fullmatch(r"[Bb]?0?(\d{1,2}|8[Aa])", text.strip())
    if not found:
        return None
    number = found.group(1).upper()
    name = f"B{number}" if number == "8A" else f"B{int(number):02d}"
    return name if name in RESOLUTION_M else None
