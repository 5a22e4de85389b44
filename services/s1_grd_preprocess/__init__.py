"""Sentinel-1 GRD scenes as calibrated, terrain-corrected backscatter. Declaration only: pydantic, nothing heavier."""

from services.core.service import Service, param
from services.core.types import Scene, accepts
from services.sentinel1.declaration import CITATION, LICENCE, LIMITATIONS, OUTPUTS, SOURCES
from services.sentinel1.parameters import BackscatterParams


class GrdPreprocessParams(BackscatterParams):
    """What a user may choose."""

    input: Scene = param(
        title="Scene",
        help="Ground-range detected product (GRD): a SAFE folder, a zip of one, or a folder of consecutive slices.",
        schema=accepts("S1-GRD"),
    )
    following: Scene | None = param(
        None,
        title="Following slice",
        help="The slice that follows in the same pass; both become one image, without a seam.",
        schema=accepts("S1-GRD"),
        advanced=True,
    )
    border_noise: bool = param(
        True,
        title="Remove border noise",
        help="Whether the noise along the sides of the image is masked out (only images of IPF before 2.9 have any).",
        advanced=True,
    )


SERVICE = Service(
    id="s1_grd_preprocess",
    version="1.0.0",
    title="Sentinel-1 GRD preprocessing",
    summary="Turns a Sentinel-1 GRD scene into calibrated, terrain-corrected backscatter, cut to the area.",
    command="S1-GRD-preprocess",
    domain="security",
    params=GrdPreprocessParams,
    outputs=OUTPUTS,
    entry="services.s1_grd_preprocess.process:run",
    preflight="services.s1_grd_preprocess.preflight:preflight",
    example={"input": "scene.SAFE", "polarization": "VV,VH", "calibration": "gamma0_rtc", "resolution": 20},
    sources=SOURCES,
    citation=CITATION,
    licence=LICENCE,
    limitations=LIMITATIONS,
    icon="layers",
)
