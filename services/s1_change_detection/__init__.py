"""Coherence and amplitude change of a pair of Sentinel-1 SLC. Declaration only: pydantic, nothing heavier."""

from typing import Literal

from pydantic import field_validator

from services.core import parameters as common
from services.core.service import Output, Service, param
from services.core.types import Scene, VectorFile, accepts
from services.sentinel1.parameters import RadarParams

_CALIBRATION_LABELS = {"sigma0": "Sigma nought", "beta0": "Beta nought", "gamma0": "Gamma nought"}


class ChangeDetectionParams(RadarParams):
    """What a user may choose."""

    input1: Scene = param(
        title="First scene",
        help="Single-look complex product (SLC), StripMap or IW: a SAFE folder or a zip of one.",
        schema=accepts("S1-SLC"),
    )
    input2: Scene = param(
        title="Second scene",
        help="Another of the same track and mode; which of the two is earlier makes no difference.",
        schema=accepts("S1-SLC"),
    )
    calibration: Literal["sigma0", "beta0", "gamma0"] = param(
        "sigma0",
        title="Calibration",
        help="What the backscatter of both dates refers to.",
        labels=_CALIBRATION_LABELS,
    )
    coherence_window: str = param(
        "3x12",
        title="Window of the coherence",
        help="Lines by samples that one estimate is made from (3x12); more make it surer and coarser.",
        pattern=r"^\s*\d{1,3}\s*[xX×]\s*\d{1,3}\s*$",
    )
    landseamask: common.LandSeaMask = common.land_sea_mask()
    colours: Literal["red_cyan", "yellow_blue"] = param(
        "red_cyan",
        title="Colours of amplitude change",
        help="red_cyan: what lost backscatter is red, what gained is cyan; yellow_blue: yellow and blue.",
        labels={"red_cyan": "Red – cyan", "yellow_blue": "Yellow – blue"},
    )
    significance: float = param(
        0.001,
        title="Significance",
        help="Share of unchanged pixels that speckle alone makes exceed the threshold of the change mask.",
        unit="1",
        gt=0,
        lt=0.5,
    )
    land_source: Literal["natural_earth", "vector"] = param(
        "natural_earth",
        title="Land from",
        help="Where land is known from: natural_earth (1:10 million, coastlines are off by several hundred metres) or "
        "vector.",
        labels={"natural_earth": "Natural Earth 1:10 m", "vector": "A vector file"},
        advanced=True,
    )
    land_vector: VectorFile | None = common.land_polygons()

    @field_validator("polarization")
    @classmethod
    def _one_polarisation(cls, value: str | None) -> str | None:
        if value and "," in value:
            raise ValueError(f"one polarisation at a time (given: {value})")
        return value

    @field_validator("coherence_window")
    @classmethod
    def _window(cls, value: str) -> str:
        lines, samples = (int(part) for part in value.lower().replace("×", "x").split("x"))
        if lines * samples < 4 or max(lines, samples) > 101:
            raise ValueError(f"the window needs 4 pixels or more, and 101 a side at most (given: {value})")
        return f"{lines}x{samples}"


SERVICE = Service(
    id="s1_change_detection",
    version="1.0.0",
    title="Sentinel-1 change detection",
    summary="Coherence, amplitude change (ACD) and multi-temporal coherence (MTC) of two Sentinel-1 SLC scenes of one "
    "track.",
    command="S1-CD",
    domain="security",
    params=ChangeDetectionParams,
    outputs=(
        Output(
            "mtc_preview",
            "Multi-temporal coherence, in colours",
            unit="1",
            dtype="uint8",
            style={"bands": [1, 2, 3], "rescale": [[0, 255], [0, 255], [0, 255]]},
        ),
        Output(
            "acd_preview",
            "Amplitude change, in colours",
            unit="1",
            dtype="uint8",
            style={"bands": [1, 2, 3], "rescale": [[0, 255], [0, 255], [0, 255]]},
        ),
        Output(
            "coherence",
            "Coherence",
            unit="1",
            dtype="float32",
            style={"bands": [1], "rescale": [[0, 1]], "colormap": "gray"},
        ),
        Output("change", "Change at the stated significance", unit="1", dtype="uint8"),
        Output(
            "mtc",
            "Multi-temporal coherence: backscatter of both dates, coherence",
            unit="1",
            dtype="float32",
            style={"bands": [3], "rescale": [[0, 1]], "colormap": "gray"},
        ),
        Output(
            "acd",
            "Amplitude change: 10·log₁₀ of the second over the first date",
            unit="dB",
            dtype="float32",
            style={"bands": [1], "rescale": [[-10, 10]], "colormap": "rdbu"},
        ),
    ),
    entry="services.s1_change_detection.process:run",
    preflight="services.s1_change_detection.preflight:preflight",
    example={"input1": "before.SAFE", "input2": "after.SAFE", "polarization": "VV", "resolution": 20},
    sources=(
        "Definition of the TOPS SLC deramping function, COPE-GSEG-EOPG-TN-14-0025",
        "Yagüe-Martínez et al., Interferometric Processing of Sentinel-1 TOPS Data, IEEE TGRS 54(4), 2016, "
        "doi:10.1109/TGRS.2015.2497902: coregistration by orbits and terrain",
        "Touzi et al., Coherence estimation for SAR imagery, IEEE TGRS 37(1), 1999, doi:10.1109/36.739146: the bias",
        "Oliver and Quegan, Understanding Synthetic Aperture Radar Images, 2004, §12.3: significance of a ratio",
        "SatCen's BETTER and NextGEOSS chains: ACD and MTC as colours",
    ),
    citation="Contains modified Copernicus Sentinel data, processed with Groundwork.",
    licence="Copernicus Sentinel data: free, full and open (Commission Delegated Regulation (EU) No 1159/2013). "
    "Natural Earth: public domain.",
    limitations=(
        "The azimuth error that spectral diversity would find is not corrected: it costs coherence nothing, but the "
        "phase is no interferogram.",
        "Where slopes lie in layover the coherence is that of a mixture.",
    ),
    icon="layers",
)
