"""Parameters that every Sentinel-1 service has. Pydantic only, nothing heavier."""

from typing import Literal

from pydantic import field_validator, model_validator

from services.core import parameters as common
from services.core.service import Params, param
from services.core.types import BANDS, Area, LocalPath, Projection

POLARISATIONS = ("VV", "VH", "HH", "HV")
SPECKLE_LABELS = {
    "none": "None",
    "boxcar": "Boxcar",
    "median": "Median",
    "lee": "Lee",
    "refined_lee": "Refined Lee",
    "lee_sigma": "Lee sigma",
    "gamma_map": "Gamma MAP",
    "frost": "Frost",
}
SpeckleName = Literal["none", "boxcar", "median", "lee", "refined_lee", "lee_sigma", "gamma_map", "frost"]


class RadarParams(Params):
    """What all of them ask; each service adds its inputs and what is its own."""

    polarization: str | None = param(
        None,
        title="Polarisations",
        help="Polarisations, separated by commas (VV,VH); without it all that there are, of a pair the first.",
        schema={"x-kind": BANDS},
    )
    aoi: Area | None = common.area(
        "Polygon as WKT in longitude, latitude; only what it needs is read. Without it the whole scene."
    )
    resolution: float = param(
        10.0,
        title="Resolution",
        help="Size of the result's pixels. Where it is coarser than the image's, the image is averaged first; in a "
        "geographic projection it is converted to degrees at the latitude of the area.",
        unit="m",
        ge=1,
        le=10_000,
    )
    projection: Projection | None = param(
        None, title="Projection", help="CRS of the result as EPSG code; without it the UTM zone of the area."
    )
    output_format: common.RasterFormat = common.raster_format()
    speckle: SpeckleName = param(
        "none",
        title="Speckle filter",
        help="Filter that smooths backscatter in the geometry of the image, before the terrain correction.",
        labels=SPECKLE_LABELS,
    )
    speckle_window: int = param(
        7,
        title="Window of the speckle filter",
        help="Pixels on a side, an odd number; refined Lee has 7.",
        unit="px",
        ge=3,
        le=31,
        advanced=True,
    )
    speckle_looks: float | None = param(
        None,
        title="Number of looks",
        help="Equivalent number of looks for the Lee filters and gamma MAP; without it that of the product.",
        unit="1",
        gt=0,
        le=10_000,
        advanced=True,
    )
    noise_removal: bool = param(
        True, title="Remove thermal noise", help="Whether the thermal noise is taken off backscatter.", advanced=True
    )
    terrain: Literal["dem", "flat"] = param(
        "dem",
        title="Terrain",
        help="Heights that the correction uses: dem, or flat: sea level everywhere, wrong by the height over the "
        "tangent of the incidence angle wherever the ground is higher.",
        labels={"dem": "Elevation model", "flat": "Flat Earth"},
        advanced=True,
    )
    engine: Literal["native", "snap"] = param(
        "native",
        title="Engine",
        help="native: Groundwork's own; snap: ESA SNAP where a worker has it (not yet run against a real SNAP).",
        labels={"native": "Groundwork", "snap": "ESA SNAP"},
        schema={"x-resource": {"snap": "snap"}},
        advanced=True,
    )
    outside_area: common.OutsideArea = common.outside_area()
    dem: LocalPath | None = param(
        None,
        title="Elevation model",
        help="File, folder of tiles or VRT with heights in metres (Copernicus GLO-30, SRTM .hgt); without it what the "
        "setting DEM_PATH names.",
    )
    dem_heights: Literal["geoid", "ellipsoid"] = param(
        "geoid",
        title="Heights count from",
        help="What the heights of the elevation model count from: geoid (sea level; GLO-30, SRTM) or ellipsoid.",
        labels={"geoid": "Geoid (sea level)", "ellipsoid": "WGS 84 ellipsoid"},
        advanced=True,
    )
    orbit: LocalPath | None = param(
        None,
        title="Orbit files",
        help="Orbit file (.EOF) of the day, or a folder to look for it; without it what the setting ORBITS_PATH names, "
        "and where nothing is found the orbit in the product's annotation.",
    )

    @field_validator("polarization")
    @classmethod
    def _known_polarisations(cls, value: str | None) -> str | None:
        if value is None or not value.strip():
            return None
        names = [part.strip().upper() for part in value.split(",")]
        unknown = [name or "(empty)" for name in names if name not in POLARISATIONS]
        if unknown:
            raise ValueError(f"there is no polarisation {', '.join(unknown)}; there are {', '.join(POLARISATIONS)}")
        return ",".join(dict.fromkeys(names))

    @field_validator("speckle_window")
    @classmethod
    def _odd_window(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError(f"the window has to be an odd number of pixels (given: {value})")
        return value


class BackscatterParams(RadarParams):
    """What the two preprocessing services ask beside."""

    calibration: Literal["sigma0", "beta0", "gamma0", "gamma0_rtc"] = param(
        "sigma0",
        title="Calibration",
        help="sigma0, beta0 and gamma0 refer to the ellipsoid; gamma0_rtc is flattened by the contributing area of the "
        "terrain (Small 2011).",
        labels={
            "sigma0": "Sigma nought",
            "beta0": "Beta nought",
            "gamma0": "Gamma nought",
            "gamma0_rtc": "Gamma nought, terrain-flattened (RTC)",
        },
    )
    scale: Literal["linear", "db"] = param(
        "linear",
        title="Scale",
        help="Backscatter as linear power or in decibels.",
        labels={"linear": "Linear power", "db": "Decibels"},
    )
    incidence_angle: bool = param(
        False,
        title="Write the local incidence angle",
        help="Whether the angle between the direction to the satellite and the ground's normal is written too.",
        advanced=True,
    )
    layover_shadow: bool = param(
        False,
        title="Write layover and shadow",
        help="Whether a mask of layover and radar shadow is written too.",
        advanced=True,
    )
    contributing_area: bool = param(
        False,
        title="Write the contributing area",
        help="Whether the area that gamma0_rtc was divided by is written too.",
        advanced=True,
    )

    @model_validator(mode="after")
    def _area_is_known(self) -> "BackscatterParams":
        if self.contributing_area and self.calibration != "gamma0_rtc":
            raise ValueError("contributing_area: it is known with calibration gamma0_rtc only.")
        extras = [n for n in ("incidence_angle", "layover_shadow", "contributing_area") if getattr(self, n)]
        if self.engine == "snap" and extras:
            raise ValueError(f"{extras[0]}: the native engine writes it, SNAP does not.")
        if self.contributing_area and self.terrain == "flat":
            raise ValueError("contributing_area: a flat Earth has none worth writing.")
        return self
