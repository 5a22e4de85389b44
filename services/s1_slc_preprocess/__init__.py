"""Sentinel-1 SLC scenes as calibrated, terrain-corrected backscatter. Declaration only: pydantic, nothing heavier."""

from typing import Literal

from pydantic import model_validator

from services.core.service import Service, param
from services.core.types import Scene, accepts
from services.sentinel1.declaration import CITATION, LICENCE, LIMITATIONS, OUTPUTS, SOURCES
from services.sentinel1.parameters import BackscatterParams


class SlcPreprocessParams(BackscatterParams):
    """What a user may choose."""

    input: Scene = param(
        title="Scene",
        help="Single-look complex product (SLC), StripMap or IW: a SAFE folder or a zip of one.",
        schema=accepts("S1-SLC"),
    )
    mode: Literal["standard", "adhoc"] = param(
        "standard",
        title="Chain",
        help="standard: averaged as ESA's own GRD (4 range looks by 1) and corrected; adhoc: averaged to the "
        "resolution burst by burst, which gamma0_rtc and fine resolutions need.",
        labels={"standard": "Standard (as a GRD)", "adhoc": "Ad hoc (burst by burst)"},
    )

    @model_validator(mode="after")
    def _flattens_ad_hoc(self) -> "SlcPreprocessParams":
        if self.mode == "standard" and self.calibration == "gamma0_rtc":
            raise ValueError("calibration: gamma0_rtc asks for mode adhoc.")
        return self


SERVICE = Service(
    id="s1_slc_preprocess",
    version="1.0.0",
    title="Sentinel-1 SLC preprocessing",
    summary="Turns a Sentinel-1 SLC scene (StripMap or IW, all sub-swaths) into calibrated, terrain-corrected "
    "backscatter, cut to the area.",
    command="S1-SLC-preprocess",
    domain="security",
    params=SlcPreprocessParams,
    outputs=OUTPUTS,
    entry="services.s1_slc_preprocess.process:run",
    preflight="services.s1_slc_preprocess.preflight:preflight",
    example={
        "input": "scene.SAFE",
        "polarization": "VV,VH",
        "mode": "adhoc",
        "calibration": "gamma0_rtc",
        "resolution": 20,
    },
    sources=(
        "Sentinel-1 Product Specification, S1-RS-MDA-52-7441: bursts, their times and valid samples",
        *SOURCES,
    ),
    citation=CITATION,
    licence=LICENCE,
    limitations=LIMITATIONS,
    icon="layers",
)
