"""What a band of a written raster is, whatever the format."""

from collections.abc import Mapping
from dataclasses import dataclass, field

BLOCK_PIXELS = 512
"""Edge of the tiles and chunks in the files; windows on whole multiples of it are written without reading back."""


@dataclass(frozen=True)
class BandSpec:
    """What one band of a written raster is: value = stored number × scale + offset.

    Args:
        name: band name, or name of the variable.
        dtype: numpy name of the stored numbers.
        nodata: stored number that means no data; NaN for floats.
        unit: "1" for a pure number.
        description: in words.
        classes: names by value where the numbers are classes; these are never averaged.
        mantissa_bits: that 32-bit floats keep, of 23; fewer make a smaller file in less time.
        noisy: whether the lower bits are noise, which no effort makes smaller: compressed fast.
        colours: red, green, blue (0 to 255) by value; GeoTIFF holds them for single-band uint8 files only.
    """

    name: str
    dtype: str
    nodata: float | None = None
    scale: float = 1.0
    offset: float = 0.0
    unit: str = ""
    description: str = ""
    mantissa_bits: int = 23
    noisy: bool = False
    classes: Mapping[int, str] = field(default_factory=dict)
    colours: Mapping[int, tuple[int, int, int]] = field(default_factory=dict)
