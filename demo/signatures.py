"""Surface reflectance of materials in the thirteen bands of Sentinel-2.

Rounded means chosen inside the ranges of the USGS Spectral Library version 7 (Kokaly et al. 2017, doi:10.3133/ds1035),
the ECOSTRESS library (Meerdink et al. 2019, doi:10.1016/j.rse.2019.05.015) and, for clear and turbid water, of
Ruddick et al. (2006, doi:10.4319/lo.2006.51.2.1167). They are not copies of single spectra.
"""

from enum import IntEnum

import numpy as np

from demo.msi import BANDS


class Material(IntEnum):
    """What a pixel is made of."""

    SEA = 0
    SHALLOW_SEA = 1
    LAKE = 2
    TURBID_WATER = 3
    SAND = 4
    DRY_SOIL = 5
    DARK_SOIL = 6
    STRAW = 7
    CROP = 8
    RIPE_CROP = 9
    BROADLEAF = 10
    CONIFER = 11
    PASTURE = 12
    ORCHARD = 13
    ASPHALT = 14
    TILES = 15
    BRIGHT_ROOF = 16
    CONCRETE = 17
    CLOUD = 18


#            B01   B02   B03   B04   B05   B06   B07   B08   B8A   B09   B10   B11   B12
_TABLE = {
    Material.SEA:          (.022, .026, .020, .009, .007, .005, .005, .004, .004, .004, .001, .003, .002),
    Material.SHALLOW_SEA:  (.040, .056, .062, .034, .024, .013, .012, .010, .009, .008, .001, .004, .003),
    Material.LAKE:         (.024, .030, .036, .021, .018, .011, .010, .009, .008, .007, .001, .005, .003),
    Material.TURBID_WATER: (.066, .090, .128, .142, .128, .076, .072, .062, .055, .045, .003, .020, .014),
    Material.SAND:         (.150, .195, .255, .305, .325, .340, .355, .365, .375, .380, .010, .425, .375),
    Material.DRY_SOIL:     (.092, .118, .153, .188, .212, .232, .248, .262, .278, .284, .008, .352, .312),
    Material.DARK_SOIL:    (.046, .060, .084, .112, .128, .142, .153, .163, .174, .180, .005, .232, .200),
    Material.STRAW:        (.078, .106, .148, .192, .218, .250, .270, .290, .304, .310, .008, .362, .282),
    Material.CROP:         (.022, .030, .064, .034, .094, .325, .415, .435, .455, .458, .010, .205, .100),
    Material.RIPE_CROP:    (.034, .048, .082, .086, .128, .222, .258, .276, .290, .296, .010, .245, .155),
    Material.BROADLEAF:    (.017, .021, .041, .021, .064, .215, .280, .295, .312, .316, .006, .138, .060),
    Material.CONIFER:      (.014, .017, .029, .017, .044, .128, .163, .173, .188, .192, .004, .088, .040),
    Material.PASTURE:      (.035, .047, .077, .074, .122, .205, .235, .250, .264, .270, .008, .250, .160),
    Material.ORCHARD:      (.028, .038, .062, .046, .094, .205, .248, .262, .280, .284, .008, .192, .104),
    Material.ASPHALT:      (.076, .086, .100, .112, .120, .127, .133, .140, .146, .150, .006, .168, .158),
    Material.TILES:        (.074, .090, .122, .188, .212, .228, .240, .254, .268, .274, .008, .308, .288),
    Material.BRIGHT_ROOF:  (.300, .340, .365, .385, .395, .402, .408, .415, .420, .420, .010, .405, .380),
    Material.CONCRETE:     (.158, .190, .224, .250, .263, .274, .284, .294, .300, .304, .010, .328, .308),
    Material.CLOUD:        (.640, .640, .635, .640, .650, .655, .660, .660, .665, .560, .020, .480, .390),
}  # fmt: skip


def reflectance_of(band: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The reflectance of every material in one band, indexed by material."""
    column = next(index for index, known in enumerate(BANDS) if known.name == band)
    return np.array([_TABLE[material][column] for material in Material], dtype=np.float32)
